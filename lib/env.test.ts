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

test.each([
  ['PORT', 'abc', 'a port number from 1 to 65535'],
  ['PORT', '0', 'a port number from 1 to 65535'],
  ['PORT', '65536', 'a port number from 1 to 65535'],
  ['PORT', '3000.5', 'a port number from 1 to 65535'],
  ['DATABASE_URL', 'mysql://localhost/x', 'an address that begins with postgresql://'],
  ['S3_ENDPOINT', 'localhost:9000', 'an address that begins with http:// or https://'],
  ['S3_BUCKET', 'No_Bucket', 'a bucket name'],
  ['GPU_PROVIDER', 'toaster', 'one of sandbox, worker-host'],
  ['AUTH_SECRET', 'short', 'at least 32 characters'],
  ['SAMPLE_DATA', 'maybe', 'true or false'],
  ['SANDBOX_TRAINING_SECONDS', '-1', 'a whole number from 1 to 86400'],
  ['LOG_LEVEL', 'loud', 'one of trace, debug, info, warn, error, fatal, silent'],
])('%s=%s is refused by name', (name, value, expected) => {
  expect(() => readEnv({ [name]: value })).toThrow(new EnvError(`${name}: expected ${expected}.`));
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
