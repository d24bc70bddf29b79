import {
  createServer,
  type IncomingMessage,
  request as passOn,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';

/** How the store behaves: refuses, breaks off in the middle of an object, or holds its answer. */
type Mood = 'away' | 'forbidden' | 'breaks-off' | 'hold';

/** A door in front of a store that fails as it is told to, over real HTTP. */
export interface ShakyStore {
  url: string;
  /** How it meets every request for an object below `attempts/`; null: it answers. */
  mood: Mood | null;
  /** Requests that wait for their answer. */
  held: (() => void)[];
  /** Well again; nobody waits any more. */
  reset(): void;
  close(): Promise<void>;
}

export async function startShakyStore(target: string): Promise<ShakyStore> {
  const shaky: ShakyStore = {
    url: '',
    mood: null,
    held: [],
    reset() {
      shaky.mood = null;
      for (const letGo of shaky.held.splice(0)) letGo();
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const mood = /attempts(\/|%2F)/.test(request.url ?? '') ? shaky.mood : null;
    if (mood === 'away') return refuse(request, response, 503, 'ServiceUnavailable');
    if (mood === 'forbidden') return refuse(request, response, 403, 'AccessDenied');
    if (mood === 'hold') await new Promise<void>((resolve) => shaky.held.push(resolve));
    const { method, headers, url = '/' } = request;
    const onward = passOn(new URL(url, target), { method, headers }, (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      if (mood === 'breaks-off' && method === 'GET') {
        reply.once('data', (first: Buffer) => {
          response.write(first.subarray(0, first.length / 2), () => response.destroy());
        });
      } else reply.pipe(response);
    });
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  }

  // The store's own: its answers promise this time to the client, the headers being passed on.
  const server = createServer(
    { keepAliveTimeout: 65_000 },
    (request, response) => void answer(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  shaky.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return shaky;
}

async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  code: string,
): Promise<void> {
  request.resume();
  // An answer before the whole request is here makes Node's client wait for ever.
  await finished(request).catch(() => {});
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(request.method === 'HEAD' ? undefined : `<Error><Code>${code}</Code></Error>`);
}
