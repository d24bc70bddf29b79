import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

const server = createServer((_, response) => response.writeHead(404).end());

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => server.close());

async function told(appUrl: string): Promise<string | null> {
  vi.resetModules();
  process.env.APP_URL = appUrl;
  (await import('./promise-tls.ts')).promiseTls();
  const { port } = server.address() as AddressInfo;
  return (await fetch(`http://127.0.0.1:${port}`)).headers.get('strict-transport-security');
}

it('is promised with TLS, for a year, and not without', async () => {
  expect(await told('http://localhost:3000')).toBeNull();
  expect(await told('https://likeness.example')).toBe('max-age=31536000; includeSubDomains');
});
