import { countHeard, refuseForged } from '@/app/_server/callback-limits';
import { readCallback } from '@/app/_server/read-callback';
import { systemContext } from '@/lib/context.ts';
import { log } from '@/lib/log.ts';
import { receiveCallback } from '@/lib/lora/receive-callback.ts';

/**
 * Training callbacks (docs/worker-protocol.md). 401: bad signature; 429: too many of those, or of one
 * attempt's good ones. 413: too long. 2xx: taken, known already, or of no use, so that nobody sends it
 * again. 5xx: our own trouble, send it again. One address for every provider, without a part that
 * differs: to match one costs a request as much as half of what is done here.
 */
export async function POST(request: Request): Promise<Response> {
  const callback = await readCallback(request);
  if (callback instanceof Response) return callback;
  try {
    const outcome = await receiveCallback(systemContext('worker'), callback);
    if (outcome.kind === 'refused') return refuseForged(request, 401);
    await countHeard(callback.attemptId);
    return Response.json(outcome.reply, { status: 202 });
  } catch (error) {
    log().error({ error }, 'a callback could not be written down');
    return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
  }
}
