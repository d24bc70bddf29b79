import { randomUUID } from 'node:crypto';
import { createApiToken } from '../lib/accounts/create-api-token.ts';
import { creatorContext } from '../lib/context.ts';
import { makeStage, noon } from '../lib/testing/training-stage.ts';
import type { ChaosWorld } from './chaos-world.ts';

/** A training by the real clock, whose pictures are in the store. */
export async function startByTheClock(): Promise<string> {
  const stage = await makeStage({ withObjects: true });
  const sinceNoon = (Date.now() - noon.getTime()) / 1_000;
  const { loraModelId } = await stage.start({}, sinceNoon);
  return loraModelId;
}

/** How each of so many presses on "Start" at once, over all web servers, was answered. */
export async function clickAtOnce(
  world: ChaosWorld,
  { user, character, input }: Awaited<ReturnType<typeof makeStage>>,
  clicks: number,
): Promise<{ status: number; ms: number }[]> {
  const { token } = await createApiToken(creatorContext(user.id), { name: 'clicks' });
  return Promise.all(
    Array.from({ length: clicks }, async (_, index) => {
      const from = performance.now();
      const url = world.webUrls[index % world.webUrls.length];
      const response = await fetch(`${url}/api/influencer/${character.id}/lora/train`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'idempotency-key': randomUUID(),
          'content-type': 'application/json',
        },
        body: JSON.stringify({ imageIds: input.imageIds, consent: 'synthetic' }),
      });
      await response.arrayBuffer();
      return { status: response.status, ms: performance.now() - from };
    }),
  );
}
