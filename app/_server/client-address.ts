/** The caller's network address, as `nameCallers` wrote it into the request. */
export function addressOf(headers: Headers | Record<string, unknown>): string {
  const name = 'x-forwarded-for';
  return String((headers instanceof Headers ? headers.get(name) : headers[name]) ?? 'unknown');
}
