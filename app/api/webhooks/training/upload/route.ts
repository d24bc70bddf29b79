import { countHeard, refuseForged } from '@/app/_server/callback-limits';
import { readCallback } from '@/app/_server/read-callback';
import { systemContext } from '@/lib/context.ts';
import { log } from '@/lib/log.ts';
import { grantUpload } from '@/lib/lora/grant-upload.ts';

const statusOf = { not_understood: 422, enough: 409, gone: 410 } as const;

/** A worker asks where to put a file or a sample; the answer is a fresh link for that alone. */
export async function POST(request: Request): Promise<Response> {
  const callback = await readCallback(request);
  if (callback instanceof Response) return callback;
  try {
    const outcome = await grantUpload(systemContext('worker'), callback);
    if (outcome.kind === 'refused') return refuseForged(request, 401);
    await countHeard(callback.attemptId);
    return outcome.kind === 'granted'
      ? Response.json(outcome.grant, { headers: { 'cache-control': 'no-store' } })
      : new Response(null, { status: statusOf[outcome.kind] });
  } catch (error) {
    log().error({ error }, 'an upload could not be granted');
    return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
  }
}
