import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { configuredProvider, configuredProviderIds } from '../gpu/configured-provider.ts';
import { ProviderError } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { deviation, targets } from '../metrics/rules/targets.ts';

const hourMs = 3_600_000;
const readEveryMs = 6 * hourMs;
/** A bill comes by the hour, some hours late, and may be corrected for so long. */
const settledAfterMs = 7 * 24 * hourMs;
/** An attempt whose provider has just been told to end its GPU has no whole bill yet. */
const billAfterMs = 3 * hourMs;

/**
 * Reads, four times a day, what the providers have billed for the attempts of the last week, where a
 * provider bills by the job. Kept beside what we added up ourselves, and never instead of it; where
 * the two are further apart than the specification allows, the log says so.
 */
export async function readBills(ctx: Context): Promise<void> {
  for (const id of configuredProviderIds()) {
    if (configuredProvider(id).billed && (await takeTurn(id, ctx.now))) await readOf(id, ctx.now);
  }
}

/** Whether it is time, and nobody else is at it. */
async function takeTurn(provider: string, now: Date): Promise<boolean> {
  const due = new Date(now.getTime() - readEveryMs);
  const count = await db().$executeRaw`
    INSERT INTO gpu_providers AS known (id, bills_read_at) VALUES (${provider}, ${now})
    ON CONFLICT (id) DO UPDATE SET bills_read_at = ${now}
     WHERE known.bills_read_at IS NULL OR known.bills_read_at <= ${due}`;
  return count === 1;
}

async function readOf(provider: string, now: Date): Promise<void> {
  const attempts = await db().trainingAttempt.findMany({
    where: {
      provider,
      rentedSince: { not: null },
      externalJobId: { not: null },
      releasedAt: {
        gte: new Date(now.getTime() - settledAfterMs),
        lte: new Date(now.getTime() - billAfterMs),
      },
    },
    select: { id: true, externalJobId: true, rentedSince: true, gpuCostMicroUsd: true },
    orderBy: { rentedSince: 'asc' },
  });
  const from = attempts[0]?.rentedSince;
  if (!from) return;
  const jobIds = attempts.flatMap(({ externalJobId }) => externalJobId ?? []);
  let billed: Map<string, number>;
  try {
    // Not behind the breaker: a key that may not read bills trains all the same.
    billed = (await configuredProvider(provider).billed?.(jobIds, from)) ?? new Map();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log().warn({ provider, kind: error.kind, error }, 'a provider did not show its bills');
    return;
  }
  let ours = 0;
  let theirs = 0;
  for (const { id, externalJobId, gpuCostMicroUsd } of attempts) {
    const bill = billed.get(externalJobId ?? '');
    if (bill === undefined) continue;
    await db().trainingAttempt.update({ where: { id }, data: { billedMicroUsd: bill } });
    ours += Number(gpuCostMicroUsd);
    theirs += bill;
  }
  const off = deviation(theirs, ours);
  if (off !== null && Math.abs(off) > targets.costDeviation) {
    log().error(
      { provider, billedMicroUsd: theirs, accruedMicroUsd: ours },
      'a provider bills something else than what was added up; are the prices right?',
    );
  }
}
