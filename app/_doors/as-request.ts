import { RequestCookies } from 'next/dist/compiled/@edge-runtime/cookies/index.js';
import { workAsyncStorage } from 'next/dist/server/app-render/work-async-storage.external.js';
import { workUnitAsyncStorage } from 'next/dist/server/app-render/work-unit-async-storage.external.js';
import { encode } from 'next-auth/jwt';
import { openSession } from '@/lib/accounts/sessions.ts';
import { env } from '@/lib/env.ts';

/**
 * Runs `work` as Next runs it for a request with these headers: `headers()` and `cookies()` answer,
 * so that next-auth reads the session from a real cookie. Nothing of ours is replaced.
 */
export function asRequest<T>(headers: Headers, work: () => Promise<T>): Promise<T> {
  const page = { route: '/', forceStatic: false, dynamicShouldError: false };
  const request = {
    type: 'request',
    phase: 'render',
    headers,
    cookies: new RequestCookies(headers),
    url: { pathname: '/', search: '' },
  };
  return workAsyncStorage.run(page as never, () =>
    workUnitAsyncStorage.run(request as never, work),
  );
}

/** The cookie of somebody who has signed in, as a browser sends it. */
export async function signedIn(userId: string): Promise<{ cookie: string }> {
  const sessionId = await openSession(userId);
  const token = await encode({ secret: env().AUTH_SECRET, token: { sub: userId, sessionId } });
  return { cookie: `next-auth.session-token=${token}` };
}
