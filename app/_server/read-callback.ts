import { z } from 'zod';
import type { Callback } from '@/lib/lora/receive-callback.ts';
import { refuseFlood, refuseTooMany } from './callback-limits';
import { readBody } from './read-body';

const maxCallbackBytes = 64 * 1024;
// Made once: to make a schema takes many times as long as to use it.
const attemptSchema = z.uuid();

/**
 * A worker's request as it came, or the answer when it cannot be one: 413 too long, 401 no attempt,
 * 429 too many bad signatures from there, or too many good ones of that attempt.
 */
export async function readCallback(request: Request): Promise<Callback | Response> {
  const flood = await refuseFlood(request);
  if (flood) return flood;
  const attempt = attemptSchema.safeParse(new URL(request.url).searchParams.get('attempt'));
  if (!attempt.success) return new Response(null, { status: 401 });
  const tooMany = await refuseTooMany(attempt.data);
  if (tooMany) return tooMany;
  const rawBody = await readBody(request, maxCallbackBytes);
  if (rawBody === null) return new Response(null, { status: 413 });
  return { attemptId: attempt.data, headers: request.headers, rawBody };
}
