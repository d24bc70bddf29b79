import { env } from '@/lib/env.ts';
import { demand } from '@/lib/errors.ts';

/**
 * Refuses FOREIGN_ORIGIN unless a change was asked for by one of our own pages. A browser always
 * says so in `Origin` or `Sec-Fetch-Site`; silence is refused too.
 */
export function demandOwnOrigin(headers: Headers): void {
  demand(isOwnOrigin(headers), 'FOREIGN_ORIGIN');
}

/** Whether a request comes from one of our own pages. */
export function isOwnOrigin(headers: Headers): boolean {
  const origin = headers.get('origin');
  if (!origin) return headers.get('sec-fetch-site') === 'same-origin';
  if (!URL.canParse(origin)) return false;
  const { host, protocol } = new URL(origin);
  const app = new URL(env().APP_URL);
  // A page that came without TLS is not ours where ours come with it.
  return protocol === app.protocol && [app.host, headers.get('host')].includes(host);
}
