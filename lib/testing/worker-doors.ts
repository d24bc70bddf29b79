import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemContext } from '../context.ts';
import { grantUpload } from '../lora/grant-upload.ts';
import { receiveCallback } from '../lora/receive-callback.ts';
import { ringForAttempt } from '../lora/ring-for-attempt.ts';

/** The doors of the application that a worker and its vendor knock at, over HTTP, without the rest. */
export async function startWorkerDoors() {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://doors');
    if (url.pathname === '/api/health') return void response.end('{"status":"ok"}');
    const [door] = url.pathname.split('/').slice(4);
    const attemptId = url.searchParams.get('attempt') ?? '';
    const headers = request.headers as Record<string, string>;
    const callback = { attemptId, headers, rawBody: await text(request) };
    const ctx = systemContext('worker');
    const reply = (status: number, body: object = {}) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (door === 'bell') {
      const token = url.searchParams.get('token') ?? '';
      return reply((await ringForAttempt(ctx, { attemptId, token })) ? 200 : 401);
    }
    const outcome =
      door === 'upload' ? await grantUpload(ctx, callback) : await receiveCallback(ctx, callback);
    if ('grant' in outcome) return reply(200, outcome.grant);
    return 'reply' in outcome ? reply(202, outcome.reply) : reply(409);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
