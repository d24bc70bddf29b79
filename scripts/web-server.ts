import { createServer } from 'node:http';
import { join } from 'node:path';
import { constants } from 'node:zlib';
import compression from 'compression';
import next from 'next';
import sirv from 'sirv';
import { headersOfApiAnswers, headersOfEveryAnswer } from '../next.config.mjs';
import { ROOT } from './root.ts';

/**
 * The web server in production, `node scripts/web-server.ts <port> [directory]`: Next behind Brotli.
 * What is built was compressed once, as small as it gets (`build.ts`); pages and answers are compressed
 * as they leave. Where a browser takes no Brotli it gets gzip. `next start` does gzip alone, and does it
 * anew for every script it sends (docs/decisions/018-web-server.md).
 */
const port = Number(process.argv[2]);
/** What was built: this application, unless told. */
const directory = process.argv[3] ?? ROOT;
const filesPrefix = '/_next/static';

// Next asks itself where an action leads to another page. It must not ask a host that a request names.
process.env.__NEXT_PRIVATE_ORIGIN = `http://localhost:${port}`;

const application = next({ dir: directory, port });
const builtFiles = sirv(join(directory, '.next/static'), {
  brotli: true,
  gzip: true,
  // Their names change with what is in them.
  immutable: true,
  maxAge: 31_536_000,
});
const compress = compression({
  // Smaller and as quick as gzip at its usual level.
  brotli: { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } },
});

await application.prepare();
const answer = application.getRequestHandler();

const server = createServer((request, response) => {
  const { url = '/' } = request;
  for (const { key, value } of headersOfEveryAnswer) response.setHeader(key, value);
  if (url.startsWith('/api/')) {
    for (const { key, value } of headersOfApiAnswers) response.setHeader(key, value);
  }
  const toNext = () =>
    compress(request as never, response as never, () => {
      answer(request, response).catch((error: unknown) => {
        console.error(error);
        if (!response.headersSent) response.statusCode = 500;
        response.end();
      });
    });
  if (!url.startsWith(`${filesPrefix}/`)) return toNext();
  request.url = url.slice(filesPrefix.length);
  builtFiles(request, response, () => {
    request.url = url;
    toNext();
  });
});
server.listen(port);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    // Requests under way are answered first: they may leave work for after the answer.
    server.close(async () => {
      await application.close();
      process.exit(0);
    });
  });
}
