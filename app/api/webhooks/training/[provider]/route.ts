import { readCallback } from '@/app/_server/read-callback';
import { systemContext } from '@/lib/context.ts';
import { log } from '@/lib/log.ts';
import { receiveCallback } from '@/lib/lora/receive-callback.ts';

/**
 * Training callbacks (docs/worker-protocol.md). 401: bad signature. 413: too long. 2xx: taken, known
 * already, or of no use, so that nobody sends it again. 5xx: our own trouble, send it again.
 */
export async function POST(
  request: Request,
  { params }: { params: Promise<{ provider: string }> },
): Promise<Response> {
  const callback = await readCallback(request, (await params).provider);
  if (callback instanceof Response) return callback;
  try {
    const outcome = await receiveCallback(systemContext('worker'), callback);
    return outcome.kind === 'refused'
      ? new Response(null, { status: 401 })
      : Response.json(outcome.reply, { status: 202 });
  } catch (error) {
    log().error({ error }, 'a callback could not be written down');
    return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
  }
}
