import type pg from 'pg';

/**
 * Not kept: sign-ins (whoever restores signs in anew, and what was ended stays ended), counters of
 * tries, and what migrations write themselves.
 */
const leftOut = ['sessions', 'rate_limits', '_prisma_migrations'];

export interface Table {
  name: string;
  /** Without those that the database computes by itself. */
  columns: string[];
}

/** The tables that a backup holds, and where the counters stand. */
export async function readSchema(
  client: pg.Client,
): Promise<{ tables: Table[]; sequences: Record<string, string> }> {
  const { rows: tables } = await client.query<Table>(
    `SELECT relation.relname AS name,
            array_agg(quote_ident(attname) ORDER BY attnum) AS columns
       FROM pg_class relation JOIN pg_attribute ON attrelid = relation.oid
      WHERE relation.relnamespace = 'public'::regnamespace AND relation.relkind = 'r'
        AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
        AND relation.relname <> ALL ($1)
      GROUP BY relation.relname ORDER BY relation.relname`,
    [leftOut],
  );
  const { rows: counters } = await client.query<{ name: string; value: string }>(
    `SELECT sequencename AS name, last_value::text AS value FROM pg_sequences
      WHERE schemaname = 'public' AND last_value IS NOT NULL`,
  );
  return {
    tables: tables.map(({ name, columns }) => ({ name, columns: listOf(columns) })),
    sequences: Object.fromEntries(counters.map(({ name, value }) => [name, value])),
  };
}

/** The driver hands an array of names over as text. */
function listOf(columns: string[] | string): string[] {
  return Array.isArray(columns) ? columns : columns.slice(1, -1).split(',');
}
