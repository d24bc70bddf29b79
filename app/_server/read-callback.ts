import { z } from 'zod';
import type { Callback } from '@/lib/lora/receive-callback.ts';
import { readBody } from './read-body';

const maxCallbackBytes = 64 * 1024;

/** A worker's request as it came, or the answer when it cannot be one: 413 too long, 401 no attempt. */
export async function readCallback(
  request: Request,
  provider: string,
): Promise<Callback | Response> {
  const attempt = z.uuid().safeParse(new URL(request.url).searchParams.get('attempt'));
  if (!attempt.success || !/^[a-z0-9-]{1,40}$/.test(provider)) {
    return new Response(null, { status: 401 });
  }
  const rawBody = await readBody(request, maxCallbackBytes);
  if (rawBody === null) return new Response(null, { status: 413 });
  return {
    provider,
    attemptId: attempt.data,
    headers: Object.fromEntries(request.headers),
    rawBody,
  };
}
