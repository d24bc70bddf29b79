/**
 * The caller's network address for limits. Behind our own server it is the last hop of
 * `x-forwarded-for` that Next adds; what a caller wrote before it is not trusted.
 */
export function clientAddress(headers: Headers | Record<string, unknown>): string {
  const forwarded =
    headers instanceof Headers ? headers.get('x-forwarded-for') : headers['x-forwarded-for'];
  const hops = typeof forwarded === 'string' ? forwarded.split(',') : [];
  return hops.at(-1)?.trim() || 'unknown';
}
