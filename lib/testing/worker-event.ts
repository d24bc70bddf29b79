import { randomUUID } from 'node:crypto';
import { env } from '../env.ts';
import { attemptSecret, signEvent } from '../gpu/signature.ts';
import type { Callback } from '../lora/receive-callback.ts';

/**
 * An event as a worker would send it: progress, unless `event` or `body` says otherwise, signed with
 * the attempt's own secret, unless `secretOf` names another attempt.
 */
export function signedCallback(
  ids: { loraModelId: string; attemptId: string },
  options: {
    secretOf?: string;
    deliveryId?: string;
    at?: Date;
    event?: object;
    body?: string;
    seq?: number;
  } = {},
) {
  const progress = {
    type: 'progress',
    phase: 'training',
    step: 1_499,
    totalSteps: 1_500,
    loss: 0.1,
    secondsPerStep: 0.01,
    gpuSeconds: 1,
  };
  const rawBody =
    options.body ??
    JSON.stringify({
      protocolVersion: 1,
      trainingId: ids.loraModelId,
      attemptId: ids.attemptId,
      seq: options.seq ?? 1,
      at: new Date().toISOString(),
      ...(options.event ?? progress),
    });
  const secret = attemptSecret(env().AUTH_SECRET, options.secretOf ?? ids.attemptId);
  const at = options.at ?? new Date();
  const headers = signEvent(secret, options.deliveryId ?? randomUUID(), at, rawBody);
  return { attemptId: ids.attemptId, headers, rawBody } satisfies Callback;
}
