import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { databaseUrl, execute } from '../lib/testing/postgres.ts';
import { migrate } from './migrate.ts';

let directory = '';
let url = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'likeness-migrations-'));
  const name = `${inject('postgresTemplate')}_${randomBytes(6).toString('hex')}`;
  await execute(inject('postgresAdminUrl'), `CREATE DATABASE ${name}`);
  url = databaseUrl(inject('postgresAdminUrl'), name);
});
afterEach(() => rm(directory, { recursive: true }));

async function addMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, name, 'migration.sql'), sql);
}

async function query<T extends pg.QueryResultRow>(text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}

test('applies what is pending in the order of the names, and then nothing', async () => {
  await addMigration('2_fill', "INSERT INTO pet VALUES ('cat');");
  await addMigration('1_make', 'CREATE TABLE pet (name text);');
  expect(await migrate(url, directory)).toEqual(['1_make', '2_fill']);
  expect(await migrate(url, directory)).toEqual([]);
  await addMigration('3_more', "INSERT INTO pet VALUES ('dog');");
  expect(await migrate(url, directory)).toEqual(['3_more']);
  expect(await query('SELECT name FROM pet')).toEqual([{ name: 'cat' }, { name: 'dog' }]);
});

test('keeps its history as Prisma does: SHA-256 of the file, one step, finished', async () => {
  const sql = 'CREATE TABLE pet (name text);\n-- é\n';
  await addMigration('1_make', sql);
  await migrate(url, directory);
  const rows = await query('SELECT * FROM _prisma_migrations');
  expect(rows).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      checksum: createHash('sha256').update(sql).digest('hex'),
      finished_at: expect.any(Date),
      migration_name: '1_make',
      logs: null,
      rolled_back_at: null,
      started_at: expect.any(Date),
      applied_steps_count: 1,
    },
  ]);
});

test('a changed file that was applied is refused by name', async () => {
  await addMigration('1_make', 'CREATE TABLE pet (name text);');
  await migrate(url, directory);
  await addMigration('1_make', 'CREATE TABLE pet (name text, age int);');
  await addMigration('2_more', 'CREATE TABLE house (name text);');
  await expect(migrate(url, directory)).rejects.toThrow('Migration 1_make was changed');
  expect(await query("SELECT to_regclass('house')::text AS house")).toEqual([{ house: null }]);
});

test('a migration that fails leaves nothing behind and says where', async () => {
  await addMigration('1_make', 'CREATE TABLE pet (name text);');
  await addMigration(
    '2_wrong',
    'CREATE TABLE house (name text);\n\nINSERT INTO nowhere VALUES (1);',
  );
  await expect(migrate(url, directory)).rejects.toThrow(
    /^Migration 2_wrong failed at line 3: .*nowhere/,
  );
  expect(await query("SELECT to_regclass('house')::text AS house")).toEqual([{ house: null }]);

  await addMigration('2_wrong', 'CREATE TABLE house (name text);');
  expect(await migrate(url, directory)).toEqual(['2_wrong']);
});

test('what another tool began and never finished is refused by name', async () => {
  await addMigration('1_make', 'CREATE TABLE pet (name text);');
  await migrate(url, directory);
  await query('UPDATE _prisma_migrations SET finished_at = NULL');
  await expect(migrate(url, directory)).rejects.toThrow('Migration 1_make was begun');
});

test('of two at once one applies and the other finds it done', async () => {
  await addMigration('1_make', 'CREATE TABLE pet (name text); SELECT pg_sleep(0.2);');
  const applied = await Promise.all([migrate(url, directory), migrate(url, directory)]);
  expect(applied.flat()).toEqual(['1_make']);
});
