import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ownerUrl } from '../lib/testing/database.ts';

// What Prisma would make of schema.prisma lies in the schema `described`, beside what the
// migrations made in `public`.
const client = new pg.Client({ connectionString: ownerUrl() });

beforeAll(async () => {
  const script = await describedBySchema();
  await client.connect();
  await client.query('CREATE SCHEMA described');
  await client.query(`SET search_path TO described; ${script}`);
});
afterAll(() => client.end());

/** The SQL that Prisma's own engine, as WebAssembly, makes of schema.prisma. */
async function describedBySchema(): Promise<string> {
  const path = createRequire(import.meta.url).resolve(
    '@prisma/schema-engine-wasm/schema_engine_bg',
  );
  const { instance } = await WebAssembly.instantiate(
    await readFile(join(path, '../schema_engine_bg.wasm')),
    { './schema_engine_bg.js': bindings as unknown as WebAssembly.ModuleImports },
  );
  bindings.__wbg_set_wasm(instance.exports);
  (instance.exports.__wbindgen_start as () => void)();
  const content = await readFile(join(import.meta.dirname, 'schema.prisma'), 'utf8');
  const engine = await bindings.SchemaEngine.new(
    { datamodels: [['schema.prisma', content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: ownerUrl() })),
  );
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return stdout ?? '';
}

async function columns(schema: string) {
  const { rows } = await client.query(
    `SELECT table_name || '.' || column_name AS name, udt_name AS type, is_nullable AS nullable,
            datetime_precision AS precision
     FROM information_schema.columns
     WHERE table_schema = $1 AND table_name <> '_prisma_migrations' AND is_generated = 'NEVER'
     ORDER BY 1`,
    [schema],
  );
  return rows;
}

async function uniqueColumns(schema: string): Promise<string[]> {
  const { rows } = await client.query<{ columns: string }>(
    `SELECT i.indrelid::regclass::text || '(' || string_agg(a.attname, ', ' ORDER BY k.place) || ')'
              AS columns
     FROM pg_index i
     JOIN pg_class c ON c.oid = i.indrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = $1
     CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
     WHERE i.indisunique AND i.indpred IS NULL
     GROUP BY i.indexrelid, i.indrelid`,
    [schema],
  );
  return rows.map((row) => row.columns.replace(/^(public|described)\./, ''));
}

it('has the tables, columns and types that the migrations make', async () => {
  const described = await columns('described');
  expect(described.length).toBeGreaterThan(100);
  // Arrays cannot be nullable in Prisma's language; ours are, and read as empty.
  const comparable = (rows: { type: string; nullable: string }[]) =>
    rows.map((row) => (row.type.startsWith('_') ? { ...row, nullable: 'YES' } : row));
  expect(comparable(described)).toEqual(comparable(await columns('public')));
});

it('names as unique only what the database keeps unique', async () => {
  const kept = new Set(await uniqueColumns('public'));
  const named = await uniqueColumns('described');
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((columns) => !kept.has(columns))).toEqual([]);
});
