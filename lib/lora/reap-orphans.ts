import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { type GpuProvider, ProviderError, type ProviderJob } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { askProvider, canLookUp } from './ask-provider.ts';
import { jobNamePrefix } from './new-attempt.ts';

/** Between two passes: two of them, with the wait for the first, stay within five minutes. */
const passEverySeconds = 110;
/** A job that somebody is only just writing down has this long to be known. */
const minimumSeconds = 90;

/**
 * Finds jobs of this installation that run at a provider and that no live attempt knows: after a
 * submit whose answer was lost, by a worker that was frozen, of a database that was set back. What
 * is seen so on two passes running, and for a while, is cancelled and removed. One worker at a time
 * does it, every two minutes. A provider without a list shows none: there a job that no attempt knows
 * is told to stop when it claims one.
 */
export async function reapOrphans(ctx: Context): Promise<void> {
  // A base model may have a provider of its own: whoever something was ever handed to.
  await db().$executeRaw`
    INSERT INTO gpu_providers (id)
    SELECT ${env().GPU_PROVIDER} UNION SELECT DISTINCT provider FROM training_attempts
     WHERE state <> 'ended' OR released_at IS NULL
    ON CONFLICT DO NOTHING`;
  const before = new Date(ctx.now.getTime() - passEverySeconds * 1_000);
  const due = { OR: [{ reapedAt: null }, { reapedAt: { lte: before } }] };
  for (const { id } of await db().gpuProvider.findMany({ where: due })) {
    const { count } = await db().gpuProvider.updateMany({
      where: { id, ...due },
      data: { reapedAt: ctx.now },
    });
    if (count === 0 || !canLookUp(id)) continue;
    try {
      await reap(ctx, id);
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      log().warn({ provider: id, kind: error.kind, error }, 'orphans could not be looked for');
    }
  }
}

async function reap(ctx: Context, id: string): Promise<void> {
  const ask = <T>(call: (provider: GpuProvider) => Promise<T>) => askProvider(id, ctx.now, call);
  const prefix = await jobNamePrefix(db());
  const ours = (await ask((provider) => provider.list())).filter(({ name }) =>
    name.startsWith(prefix),
  );
  // Read after the list: an attempt is written down before its provider is called.
  const orphans = await withoutLiveAttempt(id, ours);
  const ids = orphans.map(({ externalJobId }) => externalJobId);
  await db().orphanJob.deleteMany({ where: { provider: id, externalJobId: { notIn: ids } } });
  await db().orphanJob.createMany({
    data: orphans.map(({ externalJobId, name }) => ({
      provider: id,
      externalJobId,
      name,
      firstSeenAt: ctx.now,
    })),
    skipDuplicates: true,
  });
  const ripe = await db().orphanJob.findMany({
    where: {
      provider: id,
      firstSeenAt: { lte: new Date(ctx.now.getTime() - minimumSeconds * 1_000) },
    },
  });
  for (const { externalJobId, name } of ripe) {
    log().error({ provider: id, externalJobId, name }, 'a job that no training knows is ended');
    await ask((provider) => provider.cancel(externalJobId));
    await ask((provider) => provider.release(externalJobId));
    await db().orphanJob.deleteMany({ where: { provider: id, externalJobId } });
  }
}

/**
 * The jobs that no attempt at this provider is waiting for or still has to clean up after. Of several
 * with one name the attempt keeps the one it watches, or else the oldest, which `findByName` adopts.
 */
async function withoutLiveAttempt(
  provider: string,
  jobs: readonly ProviderJob[],
): Promise<ProviderJob[]> {
  const attempts = await db().trainingAttempt.findMany({
    where: { provider, jobName: { in: jobs.map(({ name }) => name) }, releasedAt: null },
    select: { jobName: true, externalJobId: true },
  });
  const oldestFirst = jobs.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime());
  const kept = new Set(
    attempts.map(
      ({ jobName, externalJobId }) =>
        externalJobId ?? oldestFirst.find(({ name }) => name === jobName)?.externalJobId,
    ),
  );
  return jobs.filter(({ externalJobId }) => !kept.has(externalJobId));
}
