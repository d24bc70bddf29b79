import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { EnvError, readEnv, variables } from './env.ts';

test('nothing set is a complete environment', () => {
  const env = readEnv({});
  expect(env).toMatchObject({
    PORT: 3000,
    APP_URL: 'http://localhost:3000',
    CALLBACK_URL: 'http://localhost:3000',
    DATABASE_URL: '',
    S3_FORCE_PATH_STYLE: true,
  });
  expect(readEnv({ PORT: '', S3_BUCKET: '' })).toEqual(env);
});

test('addresses follow the port and each other, without a slash at the end', () => {
  expect(readEnv({ PORT: '8080' })).toMatchObject({
    APP_URL: 'http://localhost:8080',
    CALLBACK_URL: 'http://localhost:8080',
  });
  expect(readEnv({ APP_URL: 'https://likeness.example/' })).toMatchObject({
    APP_URL: 'https://likeness.example',
    CALLBACK_URL: 'https://likeness.example',
  });
});

const ROUTE = 'base models with = and a provider, as one-2.1=runpod';

test.each([
  ['PORT', 'abc', 'a port number from 1 to 65535'],
  ['PORT', '0', 'a port number from 1 to 65535'],
  ['PORT', '65536', 'a port number from 1 to 65535'],
  ['PORT', '3000.5', 'a port number from 1 to 65535'],
  ['DATABASE_URL', 'mysql://localhost/x', 'an address that begins with postgresql://'],
  ['S3_ENDPOINT', 'localhost:9000', 'an address that begins with http:// or https://'],
  ['S3_BUCKET', 'No_Bucket', 'a bucket name'],
  [
    'GPU_PROVIDER',
    'toaster',
    'one of sandbox, worker-host, ai-toolkit, runpod, runpod-serverless, modal',
  ],
  ['RUNPOD_SERVERLESS_ENDPOINT', 'a/b', 'the id of an endpoint: letters and digits'],
  ['MODAL_APP', 'likeness/train', 'letters, digits, - and _'],
  ['GPU_ROUTES', 'one-2.1=toaster', ROUTE],
  ['GPU_ROUTES', 'sdxl=runpod', ROUTE],
  ['GPU_ROUTES', 'one-2.1', ROUTE],
  ['GPU_ROUTES', 'one-2.1=sandbox', ROUTE],
  ['RUNPOD_PROXY_URL', 'https://runpod.example', 'an address with {pod} in it'],
  ['AI_TOOLKIT_AUTH', 'two words', 'a token without spaces'],
  ['AUTH_SECRET', 'short', 'at least 32 characters'],
  ['SAMPLE_DATA', 'maybe', 'true or false'],
  ['SANDBOX_TRAINING_SECONDS', '-1', 'a whole number from 1 to 86400'],
  ['MAIL_TRANSPORT', 'pigeon', 'one of off, smtp, file'],
  ['MAIL_SMTP_URL', 'https://mail.example', 'an address that begins with smtps:// or smtp://'],
  ['MAIL_FROM', 'Likeness', 'an address such as Likeness <likeness@example.com>'],
  ['MAIL_FROM', 'a@b\nBcc: c@d', 'an address such as Likeness <likeness@example.com>'],
  ['LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent'],
])('%s=%s is refused by name', (name, value, expected) => {
  expect(() => readEnv({ [name]: value })).toThrow(new EnvError(`${name}: expected ${expected}.`));
});

test.each([
  [{}, 'file'],
  [{ NODE_ENV: 'production' }, 'off'],
  [{ NODE_ENV: 'test' }, 'off'],
  [{ NODE_ENV: 'production', MAIL_TRANSPORT: 'file' }, 'file'],
  [{ MAIL_TRANSPORT: 'off' }, 'off'],
])('%o: e-mails go by %s', (source, transport) => {
  expect(readEnv(source).MAIL_TRANSPORT).toBe(transport);
});

test.each([
  [{}, true],
  [{ NODE_ENV: 'production' }, false],
  [{ NODE_ENV: 'test' }, false],
  [{ NODE_ENV: 'production', GALLERY: 'true' }, true],
  [{ GALLERY: 'false' }, false],
])('%o: there is a gallery: %s', (source, shown) => {
  expect(readEnv(source).GALLERY).toBe(shown);
});

test('a message never repeats the value, which may be a secret', () => {
  expect(() => readEnv({ AUTH_SECRET: 'hunter2' })).not.toThrow(/hunter2/);
});

test('every wrong variable is named at once', () => {
  expect(() => readEnv({ PORT: 'x', LOG_LEVEL: 'y' })).toThrow(/LOG_LEVEL.*\n.*PORT/);
});

test.each([
  [{ GITHUB_ID: 'a' }, 'GITHUB_SECRET'],
  [{ GITHUB_SECRET: 'a' }, 'GITHUB_ID'],
  [{ GOOGLE_ID: 'a' }, 'GOOGLE_SECRET'],
  [{ GOOGLE_SECRET: 'a' }, 'GOOGLE_ID'],
  [{ S3_ENDPOINT: 'https://s3.example', S3_ACCESS_KEY_ID: 'a' }, 'S3_SECRET_ACCESS_KEY'],
  [{ SANDBOX_GPU_URL: 'http://gpu.example' }, 'SANDBOX_GPU_TOKEN'],
  [{ STRIPE_SECRET_KEY: 'sk_test_1' }, 'STRIPE_WEBHOOK_SECRET'],
  [{ MAIL_TRANSPORT: 'smtp' }, 'MAIL_SMTP_URL'],
])('%o needs %s', (source, missing) => {
  expect(() => readEnv(source)).toThrow(new RegExp(`^${missing}: expected a value, because`));
});

test('.env.example lists every variable with its default and a sentence', async () => {
  const file = await readFile(new URL('../.env.example', import.meta.url), 'utf8');
  const lines = file.split('\n');
  const listed = new Map<string, string>();
  lines.forEach((line, index) => {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(line);
    if (!match?.[1]) return;
    listed.set(match[1], match[2] ?? '');
    expect(lines[index - 1], `the line above ${match[1]}`).toMatch(/^# .+\.$/);
  });
  const defaults = Object.entries(variables.parse({})).map(([name, value]) => [
    name,
    String(value),
  ]);
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(defaults));
});

test('base models are sent where their route says, when all that it needs is there', () => {
  const gpu = {
    GPU_PROVIDER: 'worker-host',
    WORKER_HOST_URL: 'https://a.example',
    WORKER_HOST_TOKEN: 'a',
  };
  const routed = { ...gpu, GPU_ROUTES: ' one-2.1=runpod, one-2.2=runpod ' };
  expect(() => readEnv(routed)).toThrow(
    'RUNPOD_API_KEY: expected a value, because GPU_ROUTES is set.',
  );
  const needed = { RUNPOD_API_KEY: 'key', AUTH_SECRET: 'x'.repeat(32) };
  expect(readEnv({ ...routed, ...needed }).GPU_ROUTES).toEqual([
    'one-2.1=runpod',
    'one-2.2=runpod',
  ]);
  expect(() => readEnv({ ...needed, GPU_ROUTES: 'flux=runpod' })).toThrow(
    'GPU_PROVIDER: expected a real GPU, because GPU_ROUTES is set.',
  );
});

test('a crash point is for NODE_ENV=test alone', () => {
  const CRASH_POINT = 'submit.after-effect';
  expect(readEnv({ CRASH_POINT, NODE_ENV: 'test' }).CRASH_POINT).toBe(CRASH_POINT);
  for (const NODE_ENV of ['production', 'development', '']) {
    expect(() => readEnv({ CRASH_POINT, NODE_ENV })).toThrow('CRASH_POINT: expected nothing');
  }
});
