import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nameCallers } from './name-callers.ts';

// What a server behind it is told of its caller.
const server = createServer((request, response) => {
  response.end(String(request.headers['x-forwarded-for']));
});

beforeAll(async () => {
  nameCallers();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

it.each(['', '6.6.6.6', '6.6.6.6, 7.7.7.7'])(
  'takes nobody’s word for an address: %j',
  async (told) => {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}`, {
      headers: { 'x-forwarded-for': told },
    });
    expect(await answer.text()).toBe('127.0.0.1');
  },
);
