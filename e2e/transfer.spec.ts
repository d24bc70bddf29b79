import { get } from 'node:http';
import { expect, test } from './fixtures.ts';

const origin = String(process.env.BASE_URL);

// Asked without a browser: what a test client decodes, it does not tell.

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: number;
}

/** The path is sent to the letter. */
function ask(path: string, encodings: string): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    get({ hostname, port, path, headers: { 'accept-encoding': encodings } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, bytes }),
      );
      answer.on('error', reject);
    }).on('error', reject);
  });
}

test('pages and scripts travel as small as the browser can read them', async ({ page }) => {
  const html = await (await page.request.get('/sign-in')).text();
  const script = /src="(\/_next\/static\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
  const style = /href="(\/_next\/static\/[^"]+\.css)"/.exec(html)?.[1] ?? '';

  for (const path of [script, style]) {
    const answers = {
      br: await ask(path, 'gzip, deflate, br'),
      gzip: await ask(path, 'gzip'),
      none: await ask(path, 'identity'),
    };
    for (const [encoding, { status, headers }] of Object.entries(answers)) {
      expect(status).toBe(200);
      expect(headers['content-encoding'], path).toBe(encoding === 'none' ? undefined : encoding);
      expect(headers['cache-control']).toBe('public,max-age=31536000,immutable');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers.vary).toMatch(/accept-encoding/i);
    }
    expect(answers.br.bytes).toBeLessThan(answers.gzip.bytes);
    expect(answers.gzip.bytes).toBeLessThan(answers.none.bytes);
  }

  for (const encoding of ['br', 'gzip']) {
    const { headers } = await ask('/sign-in', encoding);
    expect(headers['content-encoding']).toBe(encoding);
    expect(headers['content-security-policy']).toContain('nonce-');
  }
});

test('what is not built is not there, however it is asked for', async () => {
  for (const path of [
    '/_next/static/nothing.js',
    '/_next/static/../BUILD_ID',
    '/_next/static/%2e%2e/BUILD_ID',
    '/_next/static/..%2fserver/app-paths-manifest.json',
    '/_next/static/%',
  ]) {
    const { status } = await ask(path, 'br');
    expect([400, 404], path).toContain(status);
  }
});
