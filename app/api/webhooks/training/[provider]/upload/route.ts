import { readCallback } from '@/app/_server/read-callback';
import { systemContext } from '@/lib/context.ts';
import { log } from '@/lib/log.ts';
import { grantUpload } from '@/lib/lora/grant-upload.ts';

const statusOf = { refused: 401, not_understood: 422, gone: 410 } as const;

/** A worker asks where to put a finished file; the answer is a fresh link for that file alone. */
export async function POST(
  request: Request,
  { params }: { params: Promise<{ provider: string }> },
): Promise<Response> {
  const callback = await readCallback(request, (await params).provider);
  if (callback instanceof Response) return callback;
  try {
    const outcome = await grantUpload(systemContext('worker'), callback);
    return outcome.kind === 'granted'
      ? Response.json(outcome.grant, { headers: { 'cache-control': 'no-store' } })
      : new Response(null, { status: statusOf[outcome.kind] });
  } catch (error) {
    log().error({ error }, 'an upload could not be granted');
    return new Response(null, { status: 503, headers: { 'retry-after': '5' } });
  }
}
