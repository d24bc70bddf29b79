import { env } from '@/lib/env.ts';
import { demand } from '@/lib/errors.ts';

/**
 * Refuses FOREIGN_ORIGIN unless a change was asked for by one of our own pages. A browser always
 * says so in `Origin` or `Sec-Fetch-Site`; silence is refused too.
 */
export function demandOwnOrigin(headers: Headers): void {
  const origin = headers.get('origin');
  const own = new Set([new URL(env().APP_URL).host, headers.get('host')]);
  const same = origin
    ? URL.canParse(origin) && own.has(new URL(origin).host)
    : headers.get('sec-fetch-site') === 'same-origin';
  demand(same, 'FOREIGN_ORIGIN');
}
