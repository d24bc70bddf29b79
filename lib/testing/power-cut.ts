import { db } from '../db.ts';
import { asOwner } from './database.ts';

/**
 * Runs `work` while the first statement that writes to `table` ends its own connection, as a crash of
 * the database or of its server would: in the middle of a transaction, after what came before it.
 * What `work` throws for that is no news. Throws when nothing wrote there: then nothing was tried.
 */
export async function withPowerCut(table: string, work: () => Promise<unknown>): Promise<void> {
  // A sequence moves for good, also in a transaction that is lost.
  await asOwner(`
    CREATE SEQUENCE power_cuts;
    CREATE FUNCTION power_cut() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
    BEGIN
      PERFORM nextval('power_cuts'), pg_terminate_backend(pg_backend_pid());
      RETURN NULL;
    END $$;
    GRANT SELECT ON power_cuts TO PUBLIC;
    CREATE TRIGGER power_cut AFTER INSERT OR UPDATE ON ${table} EXECUTE FUNCTION power_cut()`);
  try {
    await work().catch(() => undefined);
    const [cuts] = await db().$queryRaw<{ is_called: boolean }[]>`SELECT is_called FROM power_cuts`;
    if (!cuts?.is_called) throw new Error(`Nothing wrote to ${table}: the power was not cut.`);
  } finally {
    await asOwner(`DROP FUNCTION power_cut CASCADE; DROP SEQUENCE power_cuts`);
  }
}
