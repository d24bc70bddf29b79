/** Next calls it once when a server starts, before the first request. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { nameCallers } = await import('./lib/accounts/name-callers.ts');
  const { promiseTls } = await import('./lib/http/promise-tls.ts');
  nameCallers();
  promiseTls();
}
