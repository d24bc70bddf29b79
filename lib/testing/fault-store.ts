import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { startS3Server } from '../sandbox/s3/server.ts';
import { calm, chance, draw, type FaultRates } from './fault-plan.ts';

export interface FaultStoreOptions {
  /** 0 takes any free one. */
  port: number;
  directory: string;
  accessKeyId: string;
  secretAccessKey: string;
  seed: number;
}

/** Sent to `POST /control`. */
export interface StoreControl {
  seed?: number;
  rates?: FaultRates['store'];
  /** For so long every connection is cut. */
  awayMs?: number;
}

export interface FaultStore {
  url: string;
  control(change: StoreControl): void;
  close(): Promise<void>;
}

/**
 * The embedded S3 store behind a proxy that fails as a seeded plan says: before or after a write, in
 * the middle of a read, or for everybody for a while. The store behind it never fails.
 */
export async function startFaultStore(options: FaultStoreOptions): Promise<FaultStore> {
  const { directory, accessKeyId, secretAccessKey } = options;
  const store = await startS3Server({ port: 0, directory, accessKeyId, secretAccessKey });
  const behind = new URL(store.url);
  const asked = new Map<string, number>();
  let { seed } = options;
  let rates = calm.store;
  let awayUntilMs = 0;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    if (url === '/control') {
      control(JSON.parse((await buffer(request)).toString()) as StoreControl);
      return void response.writeHead(204).end();
    }
    if (Date.now() < awayUntilMs) return void request.socket.destroy();
    const [path = ''] = url.split('?');
    const key = `${method} ${path}`;
    const count = asked.get(key) ?? 0;
    asked.set(key, count + 1);
    const fault = draw(rates, chance(seed, 'store', key, count));
    if (fault === 'error-before') return unavailable(response);

    const body = await buffer(request);
    const inner = httpRequest({
      host: behind.hostname,
      port: behind.port,
      method,
      path: url,
      // The host's name is part of what was signed.
      headers: request.headers,
    });
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      inner.once('response', resolve).once('error', reject).end(body);
    });
    const content = await buffer(answer);
    if (fault === 'error-after' && method !== 'GET') return unavailable(response);
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    if (fault === 'truncated' && method === 'GET' && content.length > 1) {
      response.write(content.subarray(0, content.length / 2), () => response.destroy());
      return;
    }
    response.end(content);
  }

  function control(change: StoreControl): void {
    seed = change.seed ?? seed;
    rates = change.rates ?? rates;
    if (change.awayMs !== undefined) awayUntilMs = Date.now() + change.awayMs;
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  // The store's own: its answers promise this time to the client, the headers being passed on.
  server.keepAliveTimeout = 65_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    control,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await store.close();
    },
  };
}

function unavailable(response: ServerResponse): void {
  response.writeHead(503, { 'content-type': 'application/xml', connection: 'close' });
  response.end('<Error><Code>ServiceUnavailable</Code><Message>as planned</Message></Error>');
}
