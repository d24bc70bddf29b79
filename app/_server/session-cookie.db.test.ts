import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { env } from '../../lib/env.ts';
import { authOptions } from './auth';

function cookieAt(appUrl: string) {
  Object.assign(env(), { AUTH_SECRET: randomUUID(), APP_URL: appUrl });
  return authOptions().cookies?.sessionToken;
}

it('with TLS is for this host alone, unread by scripts, and travels with our own pages', () => {
  expect(cookieAt('https://likeness.example')).toEqual({
    name: '__Host-next-auth.session-token',
    options: { httpOnly: true, sameSite: 'lax', path: '/', secure: true },
  });
});

it('without TLS has a name that a browser takes there', () => {
  expect(cookieAt('http://localhost:3000')).toEqual({
    name: 'next-auth.session-token',
    options: { httpOnly: true, sameSite: 'lax', path: '/', secure: false },
  });
});
