import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { env } from '../env.ts';
import { promiseTls } from './promise-tls.ts';

const server = createServer((_, response) => response.writeHead(404).end());

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
const { APP_URL } = env();
afterAll(() => {
  Object.assign(env(), { APP_URL });
  server.close();
});

async function told(appUrl: string): Promise<string | null> {
  Object.assign(env(), { APP_URL: appUrl });
  promiseTls();
  const { port } = server.address() as AddressInfo;
  return (await fetch(`http://127.0.0.1:${port}`)).headers.get('strict-transport-security');
}

it('is promised with TLS, for a year, and not without', async () => {
  expect(await told('http://localhost:3000')).toBeNull();
  expect(await told('https://likeness.example')).toBe('max-age=31536000; includeSubDomains');
});
