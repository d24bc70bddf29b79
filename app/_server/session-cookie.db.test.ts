import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => {
  vi.resetModules();
  process.env.AUTH_SECRET = randomUUID();
});

async function cookieAt(appUrl: string) {
  process.env.APP_URL = appUrl;
  const { authOptions } = await import('./auth');
  return authOptions().cookies?.sessionToken;
}

it('with TLS is for this host alone, unread by scripts, and travels with our own pages', async () => {
  expect(await cookieAt('https://likeness.example')).toEqual({
    name: '__Host-next-auth.session-token',
    options: { httpOnly: true, sameSite: 'lax', path: '/', secure: true },
  });
});

it('without TLS has a name that a browser takes there', async () => {
  expect(await cookieAt('http://localhost:3000')).toEqual({
    name: 'next-auth.session-token',
    options: { httpOnly: true, sameSite: 'lax', path: '/', secure: false },
  });
});
