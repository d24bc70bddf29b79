import type { CreatorContext } from '../context.ts';
import type { Tx } from '../db.ts';
import { env } from '../env.ts';
import { DomainError, demand } from '../errors.ts';
import { log } from '../log.ts';
import { openStatuses } from './rules/lifecycle.ts';

const dayMs = 24 * 3_600_000;
const microUsd = 1_000_000;
/** Of the day's money, when the operator is told. */
const warnAtShare = 0.8;

/**
 * Refuses a start that operators do not want now, or that is one too many: TRAININGS_PAUSED,
 * TOO_MANY_TRAININGS (at once, or in a day, by one creator), TRAININGS_FULL (the day's GPU money is
 * given out). To be called inside the transaction that starts: the locks it takes make starts at a
 * limit follow one another, and a rollback gives back what was counted.
 */
export async function demandRoom(
  tx: Tx,
  { actor, now }: CreatorContext,
  expectedMicroUsd: bigint,
): Promise<void> {
  demand(!(await isPaused(tx)), 'TRAININGS_PAUSED');
  const { TRAININGS_AT_ONCE: atOnce, TRAININGS_A_DAY: aDay } = env();
  const { userId } = actor;
  await tx.$queryRaw`SELECT id FROM users WHERE id = ${userId}::uuid FOR NO KEY UPDATE`;
  if (atOnce > 0) {
    const where = { userId, status: { in: [...openStatuses] } };
    const open = await tx.loraModel.count({ where });
    if (open >= atOnce) throw new DomainError('TOO_MANY_TRAININGS', { most: atOnce, aDay: false });
  }
  if (aDay > 0) {
    const since = new Date(now.getTime() - dayMs);
    const started = await tx.loraModel.count({ where: { userId, createdAt: { gt: since } } });
    if (started >= aDay) throw new DomainError('TOO_MANY_TRAININGS', { most: aDay, aDay: true });
  }
  await countMoney(tx, now, expectedMicroUsd);
}

/** Whether an operator has stopped starts and submissions. */
export async function isPaused(tx: Tx): Promise<boolean> {
  return (await tx.trainingPause.count({ where: { resumedAt: null } })) > 0;
}

/** Adds to what the trainings started today will cost; the row's lock is what makes it exact. */
async function countMoney(tx: Tx, now: Date, expected: bigint): Promise<void> {
  const limit = BigInt(env().GPU_USD_A_DAY) * BigInt(microUsd);
  if (limit === 0n) return;
  const day = now.toISOString().slice(0, 10);
  demand(expected <= limit, 'TRAININGS_FULL');
  const [spent] = await tx.$queryRaw<{ expected: bigint; warned: boolean }[]>`
    INSERT INTO gpu_days AS today (day, expected_micro_usd) VALUES (${day}::date, ${expected})
    ON CONFLICT (day) DO UPDATE SET expected_micro_usd = today.expected_micro_usd + ${expected}
     WHERE today.expected_micro_usd + ${expected} <= ${limit}
    RETURNING expected_micro_usd AS expected, warned_at IS NOT NULL AS warned`;
  demand(spent, 'TRAININGS_FULL');
  const share = Number(spent.expected) / Number(limit);
  if (share < warnAtShare || spent.warned) return;
  await tx.$executeRaw`UPDATE gpu_days SET warned_at = ${now} WHERE day = ${day}::date`;
  log().error({ day, share }, 'the GPU money of the day is nearly given out');
}
