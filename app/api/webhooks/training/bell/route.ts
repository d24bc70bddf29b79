import { z } from 'zod';
import {
  countHeard,
  refuseFlood,
  refuseForged,
  refuseTooMany,
} from '@/app/_server/callback-limits';
import { systemContext } from '@/lib/context.ts';
import { log } from '@/lib/log.ts';
import { ringForAttempt } from '@/lib/lora/ring-for-attempt.ts';

const attemptSchema = z.uuid();

/**
 * The bell of a vendor that signs nothing: "look at that attempt", known by the token in the address
 * we gave it. Its body is not read. 200 at once, the only answer RunPod takes for one; 401: another
 * token; 429: too often.
 */
export async function POST(request: Request): Promise<Response> {
  const flood = await refuseFlood(request);
  if (flood) return flood;
  const asked = new URL(request.url).searchParams;
  const attempt = attemptSchema.safeParse(asked.get('attempt'));
  if (!attempt.success) return refuseForged(request, 401);
  const tooMany = await refuseTooMany(attempt.data);
  if (tooMany) return tooMany;
  try {
    const isOurs = await ringForAttempt(systemContext('worker'), {
      attemptId: attempt.data,
      token: asked.get('token') ?? '',
    });
    if (!isOurs) return refuseForged(request, 401);
    await countHeard(attempt.data);
    return new Response(null, { status: 200 });
  } catch (error) {
    log().error({ error }, 'a bell could not be rung');
    return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
  }
}
