import { expect, test } from 'vitest';
import { readEnv, variables } from '../lib/env.ts';
import { childEnvironment, embeddedParts, portUses, withEmbedded } from './stack-settings.ts';

const secrets = {
  authSecret: 'a'.repeat(40),
  databasePassword: 'p/w',
  databaseAppPassword: 'a/w',
  s3AccessKeyId: 'KEY',
  s3SecretAccessKey: 'SECRET',
  sandboxGpuToken: 'TOKEN',
};

function resolve(source: Record<string, string>) {
  const env = readEnv(source);
  const embedded = embeddedParts(env);
  return { embedded, env: withEmbedded(env, embedded, secrets), uses: portUses(env, embedded) };
}

test('nothing set: every part is embedded, with its address and secret filled in', () => {
  const { embedded, env, uses } = resolve({});
  expect(embedded).toEqual({ database: true, s3: true, gpu: true });
  expect(env).toMatchObject({
    AUTH_SECRET: secrets.authSecret,
    DATABASE_URL: 'postgresql://likeness_app:a%2Fw@127.0.0.1:54329/likeness',
    DATABASE_OWNER_URL: 'postgresql://likeness:p%2Fw@127.0.0.1:54329/likeness',
    S3_ENDPOINT: 'http://127.0.0.1:3901',
    S3_PUBLIC_ENDPOINT: 'http://127.0.0.1:3901',
    S3_ACCESS_KEY_ID: 'KEY',
    S3_SECRET_ACCESS_KEY: 'SECRET',
    SANDBOX_GPU_URL: 'http://127.0.0.1:3902',
    SANDBOX_GPU_TOKEN: 'TOKEN',
  });
  expect(uses.map(({ variable }) => variable)).toEqual([
    'PORT',
    'DATABASE_PORT',
    'S3_PORT',
    'SANDBOX_GPU_PORT',
  ]);
});

test.each([
  ['database', { DATABASE_URL: 'postgresql://db.example/x' }, 'DATABASE_PORT'],
  [
    's3',
    { S3_ENDPOINT: 'https://s3.example', S3_ACCESS_KEY_ID: 'k', S3_SECRET_ACCESS_KEY: 's' },
    'S3_PORT',
  ],
  ['gpu', { SANDBOX_GPU_URL: 'http://gpu.example', SANDBOX_GPU_TOKEN: 't' }, 'SANDBOX_GPU_PORT'],
] as const)('the embedded %s steps aside when its variable is set', (part, source, variable) => {
  const { embedded, env, uses } = resolve(source);
  expect(embedded[part]).toBe(false);
  expect(env).toMatchObject(source);
  expect(uses.map((use) => use.variable)).not.toContain(variable);
});

test('what a person set wins over what the stack would fill in', () => {
  const { env } = resolve({
    AUTH_SECRET: 'b'.repeat(32),
    S3_PUBLIC_ENDPOINT: 'http://192.0.2.7:3901',
    SANDBOX_GPU_TOKEN: 'mine',
  });
  expect(env).toMatchObject({
    AUTH_SECRET: 'b'.repeat(32),
    S3_PUBLIC_ENDPOINT: 'http://192.0.2.7:3901',
    SANDBOX_GPU_TOKEN: 'mine',
  });
});

test('a part is given every variable but the owner’s, and reads back the same settings', () => {
  const { env } = resolve({ PORT: '8080', SAMPLE_DATA: 'false' });
  const child = childEnvironment({ PATH: '/bin', PORT: '1', GONE: undefined }, env);
  expect(Object.keys(child)).toEqual(expect.arrayContaining(Object.keys(variables.shape)));
  expect(child).toMatchObject({ PATH: '/bin', NEXTAUTH_URL: 'http://localhost:8080' });
  expect('GONE' in child).toBe(false);
  expect(readEnv(child)).toEqual({ ...env, DATABASE_OWNER_URL: '' });
});

test('each web server has a port of its own, from PORT on', () => {
  const { uses } = resolve({ PORT: '4000', WEB_SERVERS: '3', DATABASE_URL: 'postgresql://db/x' });
  expect(uses.slice(0, 3).map(({ port, what }) => [port, what])).toEqual([
    [4000, 'the web server'],
    [4001, 'web server 2'],
    [4002, 'web server 3'],
  ]);
});
