import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { demandFreePorts, freePortRow, freePorts } from './ports.ts';

const servers: Server[] = [];

async function occupy(port: number, host?: string): Promise<Server> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ port, host }, resolve));
  return server;
}

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

test('free ports are different and free', async () => {
  const ports = await freePorts(4);
  expect(new Set(ports).size).toBe(4);
  await demandFreePorts(ports.map((port) => ({ port, variable: 'PORT', what: 'a part' })));
});

test('ports in a row are free', async () => {
  const first = await freePortRow(3);
  await demandFreePorts(
    [0, 1, 2].map((n) => ({ port: first + n, variable: 'PORT', what: 'a part' })),
  );
});

test.each([undefined, '127.0.0.1'])(
  'a port taken on %s is named with its variable',
  async (host) => {
    const [port = 0] = await freePorts(1);
    await occupy(port, host);
    await expect(
      demandFreePorts([{ port, variable: 'S3_PORT', what: 'the embedded S3 store' }]),
    ).rejects.toThrow(
      `Port ${port} is taken, and the embedded S3 store needs it. ` +
        'End what uses it, or set S3_PORT to another port.',
    );
  },
);

test('two parts on one port are named', async () => {
  await expect(
    demandFreePorts([
      { port: 3000, variable: 'PORT', what: 'the web server' },
      { port: 3000, variable: 'S3_PORT', what: 'the embedded S3 store' },
    ]),
  ).rejects.toThrow('PORT and S3_PORT are both 3000');
});

test('a port that is being given back is waited for', async () => {
  const [port = 0] = await freePorts(1);
  const server = await occupy(port);
  const free = demandFreePorts([{ port, variable: 'PORT', what: 'the web server' }], 5_000);
  setTimeout(() => server.close(), 150);
  await free;
});
