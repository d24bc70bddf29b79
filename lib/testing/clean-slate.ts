import { afterAll } from 'vitest';
import { remembered } from './change-settings.ts';
import { freshDatabase } from './database.ts';

// A setup file: it runs before the imports of each test file. One process works through many files, each
// as if it were its first: with the settings this process came with, a database of its own, and
// nothing remembered. A database goes with the server, or with the run: PostgreSQL waits 5 s to drop
// one that is still in use.
const state = globalThis as Record<string, unknown> & {
  firstEnvironment?: NodeJS.ProcessEnv;
  likenessDb?: { $disconnect(): Promise<void> };
  likenessQueue?: Promise<{ stop(options: object): Promise<void> }>;
};

state.firstEnvironment ??= { ...process.env };
const { firstEnvironment } = state;
const DATABASE_URL = await freshDatabase();
for (const name of Object.keys(process.env)) {
  if (!(name in firstEnvironment)) delete process.env[name];
}
Object.assign(process.env, firstEnvironment, { DATABASE_URL });
await forget();

afterAll(forget);

async function forget(): Promise<void> {
  const { likenessDb, likenessQueue } = state;
  for (const name of remembered()) delete state[name];
  await likenessDb?.$disconnect();
  await (await likenessQueue)?.stop({ graceful: false });
}
