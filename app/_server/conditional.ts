import { createHash } from 'node:crypto';

/** What a route handler is, whatever its parameters. */
type Handler<C> = (request: Request, context: C) => Promise<Response>;

/**
 * Answers `304 Not Modified` to whoever has the same answer already (RFC 9110, ETag and
 * If-None-Match): for what is asked for again and again.
 */
export function conditional<C>(handler: Handler<C>): Handler<C> {
  return async (request, context) => {
    const response = await handler(request, context);
    if (response.status !== 200) return response;
    const body = await response.text();
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
    const headers = new Headers(response.headers);
    headers.set('etag', etag);
    if (knows(request.headers.get('if-none-match'), etag)) {
      headers.delete('content-type');
      return new Response(null, { status: 304, headers });
    }
    return new Response(body, { status: 200, headers });
  };
}

function knows(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null) return false;
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''))
    .some((tag) => tag === etag || tag === '*');
}
