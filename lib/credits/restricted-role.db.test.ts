import { PgBoss } from 'pg-boss';
import { describe, expect, it, vi } from 'vitest';
import { grantApplication } from '../../prisma/grant-application.ts';
import { db } from '../db.ts';
import { jobSchemas, queueSchema } from '../jobs/queue.ts';
import { asOwner, ownerUrl } from '../testing/database.ts';
import { makeUser } from '../testing/factories.ts';

describe('the application’s role is refused by permission', () => {
  it.each([
    'UPDATE credit_lines SET memo = memo',
    'DELETE FROM credit_lines',
    'TRUNCATE credit_lines',
    'DROP TABLE credit_lines',
    'ALTER TABLE credit_lines DISABLE TRIGGER credit_lines_append_only',
    'DROP TRIGGER credit_line_moves_balance ON credit_lines',
    'CREATE OR REPLACE FUNCTION credit_line_moves_balance() RETURNS trigger LANGUAGE sql AS $$ $$',
    'CREATE TABLE of_my_own (id int)',
    'SET session_replication_role = replica',
    'UPDATE training_transitions SET actor = actor',
    'DELETE FROM training_transitions',
    'UPDATE credit_accounts SET available = 1000000',
    'UPDATE credit_accounts SET line_count = 0',
    'DELETE FROM credit_accounts',
    'SELECT * FROM _prisma_migrations',
    'DELETE FROM _prisma_migrations',
    'CREATE SCHEMA of_my_own',
  ])('%s', async (statement) => {
    await makeUser({ credits: 1 });
    await expect(db().$executeRawUnsafe(statement)).rejects.toThrow(
      /permission denied|must be owner/,
    );
  });

  it('takes no table of its own for one of the books', async () => {
    const user = await makeUser({ credits: 5 });
    await db().$transaction(async (tx) => {
      await tx.$executeRaw`
        CREATE TEMPORARY TABLE credit_accounts (LIKE public.credit_accounts) ON COMMIT DROP`;
      await tx.$executeRaw`
        INSERT INTO public.credit_lines
          (id, account_id, kind, amount, idempotency_key, request_hash, memo)
        SELECT gen_random_uuid(), id, 'grant', 2, 'shadow:' || id, '', 'Two'
        FROM public.credit_accounts WHERE user_id = ${user.id}::uuid`;
    });
    const account = await db().creditAccount.findUniqueOrThrow({ where: { userId: user.id } });
    expect(account.available).toBe(7n);
  });
});

it('may forget whose an account was', async () => {
  const user = await makeUser({ credits: 1 });
  await db().creditAccount.update({ where: { userId: user.id }, data: { userId: null } });
  expect(await db().creditAccount.findUnique({ where: { userId: user.id } })).toBeNull();
});

it('has a later table from the start, and an append-only one for reading and adding', async () => {
  await asOwner(`
    CREATE TABLE later (id int);
    CREATE TABLE diary (id int);
    CREATE TRIGGER diary_append_only BEFORE UPDATE OR DELETE ON diary
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
  await db().$executeRaw`INSERT INTO later VALUES (1)`;
  await db().$executeRaw`DELETE FROM later`;
  const [role] = await db().$queryRaw<{ name: string }[]>`SELECT current_user::text AS name`;
  await grantApplication(ownerUrl(), role?.name ?? '');
  await db().$executeRaw`INSERT INTO diary VALUES (1)`;
  await expect(db().$executeRaw`DELETE FROM diary`).rejects.toThrow(/permission denied/);
});

it('is enough for the queue: sending, working, and its housekeeping', async () => {
  const errors: unknown[] = [];
  const boss = new PgBoss({
    connectionString: process.env.DATABASE_URL,
    schema: queueSchema,
    migrate: false,
    createSchema: false,
    schedule: false,
    useListenNotify: true,
  });
  boss.on('error', (error) => errors.push(error));
  await boss.start();
  try {
    const answered: unknown[] = [];
    const name = 'lora.suggest-retrain';
    await boss.work<object>(name, { pollingIntervalSeconds: 0.5 }, async ([job]) => {
      answered.push(job?.data);
    });
    await boss.send(name, { characterId: 'x' });
    await vi.waitUntil(() => answered.length > 0, { timeout: 15_000 });
    await boss.supervise();
    expect(answered).toEqual([{ characterId: 'x' }]);
    expect((await boss.getQueues()).map((queue) => queue.name).sort()).toEqual(
      Object.keys(jobSchemas).sort(),
    );
  } finally {
    await boss.stop({ graceful: true, timeout: 5_000 });
  }
  expect(errors).toEqual([]);
});
