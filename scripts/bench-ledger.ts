import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { auditLedger } from '../lib/credits/audit-ledger.ts';
import { capture, grant, release, reserve } from '../lib/credits/ledger.ts';
import { db, inTransaction } from '../lib/db.ts';
import type { Figure } from './bench-figure.ts';

interface BenchLedgerOptions {
  /** The owner of the database: a million lines are copied in, past the rules that would time it. */
  ownerUrl: string;
  add(figure: Figure): void;
}

const users = 100;
const settlements = 4_000;
const lanes = 16;
const settlementsLimit = 1_000;
const lines = 1_000_000;
const auditLimitMs = 60_000;

/** How fast holds are made and settled by the verbs, and how long it takes to add a million lines up. */
export async function benchLedger({ ownerUrl, add }: BenchLedgerOptions): Promise<void> {
  console.log('bench: ledger …');
  const userIds = await openAccounts(users);
  const perSecond = await settleHolds(userIds);
  add({
    what: `settlements a second, ${users} users, ${lanes} at once`,
    measured: `${Math.round(perSecond)}/s (a capture or a release, each its own transaction)`,
    beside: `target ${settlementsLimit}/s`,
    ratio: perSecond / settlementsLimit,
    limit: { min: 1 },
  });
  const auditMs = await auditMillion(ownerUrl);
  add({
    what: `audit of ${lines.toLocaleString('en')} ledger lines`,
    measured: `${(auditMs / 1_000).toFixed(1)} s`,
    beside: `limit ${auditLimitMs / 1_000} s`,
    ratio: auditMs / auditLimitMs,
    limit: { max: 1 },
  });
}

async function openAccounts(count: number): Promise<string[]> {
  const userIds = Array.from({ length: count }, () => randomUUID());
  await db().user.createMany({
    data: userIds.map((id) => ({ id, email: `${id}@example.test` })),
  });
  await db().creditAccount.createMany({ data: userIds.map((userId) => ({ userId })) });
  for (const userId of userIds) {
    const movement = { idempotencyKey: `bench:${userId}`, memo: 'Bench' };
    await inTransaction((tx) => grant(tx, userId, 1_000_000, movement));
  }
  return userIds;
}

/** Holds without a training, made before: the ledger's own speed. Two of three are captured. */
async function settleHolds(userIds: readonly string[]): Promise<number> {
  const holds: string[] = [];
  await inLanes(async (no) => {
    const userId = userIds[no % userIds.length] ?? '';
    const loraModelId = randomUUID();
    const movement = { idempotencyKey: `reserve:${loraModelId}`, memo: 'Bench', loraModelId };
    holds[no] = await inTransaction((tx) => reserve(tx, userId, 10, movement));
  });
  const from = performance.now();
  await inLanes((no) =>
    inTransaction((tx) => (no % 3 === 0 ? release : capture)(tx, holds[no] ?? '')),
  );
  return settlements / ((performance.now() - from) / 1_000);
}

async function inLanes(work: (no: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let no = next++; no < settlements; no = next++) await work(no);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The same four movements over and over in 1,000 accounts, as their own triggers would have left them. */
async function auditMillion(ownerUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    await client.query(`
      SET session_replication_role = replica;
      CREATE TEMPORARY TABLE filled AS SELECT gen_random_uuid() AS id FROM generate_series(1, 1000);
      INSERT INTO credit_accounts (id, available, reserved, line_count)
      SELECT id, 10 * ${lines} / 4000, 0, ${lines} / 1000 FROM filled;
      WITH turns AS MATERIALIZED (
        SELECT filled.id AS account, turn, gen_random_uuid() AS hold, gen_random_uuid() AS training
        FROM filled, generate_series(0, ${lines} / 4000 - 1) AS turn
      )
      INSERT INTO credit_lines
        (id, account_id, line_no, kind, amount, hold_id, lora_model_id, idempotency_key,
         request_hash, memo, available_after, reserved_after)
      SELECT CASE step WHEN 2 THEN hold ELSE gen_random_uuid() END, account, 4 * turn + step,
             (ARRAY['grant', 'reserve', 'capture', 'grant'])[step]::credit_line_kind,
             CASE step WHEN 1 THEN 10 ELSE 5 END,
             CASE step WHEN 3 THEN hold END, CASE step WHEN 2 THEN training WHEN 3 THEN training END,
             gen_random_uuid()::text, '', 'Bench',
             10 * turn + (ARRAY[10, 5, 5, 10])[step], CASE step WHEN 2 THEN 5 ELSE 0 END
      FROM turns, generate_series(1, 4) AS step;
      SET session_replication_role = origin;
      ANALYZE credit_lines;
      ANALYZE credit_accounts`);
  } finally {
    await client.end();
  }
  const from = performance.now();
  const findings = await auditLedger();
  const tookMs = performance.now() - from;
  if (findings.length > 0) throw new Error(`the audit found ${JSON.stringify(findings[0])}`);
  return tookMs;
}
