/** An answer that sends the caller on to a short-lived link. */
export function onTo(
  location: string,
  { status = 303, cacheControl = 'no-store' }: { status?: 302 | 303; cacheControl?: string } = {},
): Response {
  return new Response(null, { status, headers: { location, 'cache-control': cacheControl } });
}
