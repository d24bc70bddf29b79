import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { inspect } from 'node:util';
import { auditLedger } from '../lib/credits/audit-ledger.ts';
import { db } from '../lib/db.ts';
import { store } from '../lib/storage/store.ts';
import type { GpuTruth } from '../lib/testing/fault-gpu.ts';

/** What came of a run, as counted from outside; every list is empty when the promises were kept. */
export interface Outcome {
  trainings: Record<'ready' | 'failed' | 'cancelled' | 'open', number>;
  ledger: string[];
  /** Creators whose credits are not what their trainings say. */
  wrongCredits: string[];
  /** Ready trainings without exactly one file, or whose file is not what the GPU host stored. */
  lostLoras: string[];
  /** Results that somebody was told of and nobody has. */
  lostResults: string[];
  openHolds: number;
  wrongNotices: string[];
  /** Jobs at the host beyond one a name, and what still runs or lies there. */
  extraJobs: number;
  leftAtHost: string[];
  unknownJobs: string[];
  badImages: string[];
  acceptedForgeries: number;
  jobs: number;
  lateResultsKept: number;
}

/** Compares what our tables say with what the GPU host and the store know. Changes nothing. */
export async function checkPromises(truth: GpuTruth): Promise<Outcome> {
  const trainings = await db().loraModel.findMany({
    include: { files: true, attempts: true },
  });
  const lines = await db().creditLine.findMany();
  const notices = await db().notification.findMany({ select: { subjectId: true, type: true } });
  const accounts = await db().creditAccount.findMany();
  const count = (status: string) => trainings.filter((one) => one.status === status).length;

  const wrongCredits: string[] = [];
  for (const account of accounts) {
    if (account.userId === null) continue;
    const granted = lines
      .filter((line) => line.accountId === account.id && line.kind === 'grant')
      .reduce((sum, line) => sum + line.amount, 0n);
    const spent = trainings
      .filter((one) => one.userId === account.userId && one.status === 'ready')
      .reduce((sum, one) => sum + BigInt(one.costCredits), 0n);
    if (account.available !== granted - spent || account.reserved !== 0n) {
      wrongCredits.push(`${account.userId}: ${account.available} of ${granted} - ${spent}`);
    }
  }

  const storedBy = new Map(truth.jobs.map((job) => [job.stored?.sha256, job]));
  const lostLoras: string[] = [];
  const look = async (training: (typeof trainings)[number]): Promise<void> => {
    const [file, ...others] = training.files;
    if (!file || others.length > 0 || file.key !== training.modelPath) {
      lostLoras.push(`${training.id}: ${training.files.length} files`);
      return;
    }
    const hash = createHash('sha256');
    await pipeline(await store().read(file.key), hash).catch(() => {});
    const found = hash.digest('hex');
    if (found !== file.sha256) lostLoras.push(`${training.id}: another file than it says`);
    if (!storedBy.has(file.sha256)) lostLoras.push(`${training.id}: a file nobody made`);
  };
  const ready = trainings.filter(({ status }) => status === 'ready');
  const lanes = Array.from({ length: 8 }, async () => {
    for (let next = ready.pop(); next; next = ready.pop()) await look(next);
  });
  await Promise.all(lanes);

  const keptSha256s = new Set(trainings.flatMap(({ files }) => files.map((file) => file.sha256)));
  const byId = new Map(trainings.map((training) => [training.id, training]));
  const lostResults = truth.jobs
    .filter((job) => job.toldSucceeded && job.stored && job.fate !== 'expired')
    .filter((job) => byId.get(job.trainingId)?.status === 'failed')
    .filter((job) => !keptSha256s.has(job.stored?.sha256 ?? ''))
    .map(({ id, fate, trainingId }) => {
      const { failureReason, attempts } = byId.get(trainingId) ?? {};
      // Nothing else is left of a run to tell afterwards why.
      return `${id}, ${fate}, of ${trainingId}: ${failureReason}, ${inspect(attempts)}`;
    });

  const wrongNotices: string[] = [];
  const told = new Map<string, number>();
  for (const { subjectId, type } of notices) {
    const key = `${subjectId} ${type}`;
    told.set(key, (told.get(key) ?? 0) + 1);
  }
  for (const { id, status } of trainings) {
    for (const [type, wanted] of [
      ['started', 1],
      ['completed', status === 'ready' ? 1 : 0],
      ['failed', status === 'failed' ? 1 : 0],
    ] as const) {
      const given = told.get(`${id} lora.training.${type}`) ?? 0;
      if (given !== wanted) wrongNotices.push(`${id} ${status}: ${given} × ${type}`);
    }
  }

  const known = new Set(trainings.flatMap(({ attempts }) => attempts.map(({ id }) => id)));
  const { forged, oversized, skewed } = truth.deliveries;
  return {
    trainings: {
      ready: count('ready'),
      failed: count('failed'),
      cancelled: count('cancelled'),
      open: count('pending') + count('training'),
    },
    ledger: (await auditLedger()).map(({ problem, id }) => `${problem}: ${id}`),
    wrongCredits,
    lostLoras,
    lostResults,
    openHolds: trainings.filter(
      ({ holdId }) => holdId !== null && !lines.some((line) => line.holdId === holdId),
    ).length,
    wrongNotices,
    extraJobs: truth.jobs.length - new Set(truth.jobs.map(({ name }) => name)).size,
    leftAtHost: leftAtHost(truth).map((job) => `${job.id} ${job.state}`),
    unknownJobs: truth.jobs.filter((job) => !known.has(job.attemptId)).map(({ id }) => id),
    badImages: truth.badImages,
    acceptedForgeries: forged.taken + oversized.taken + skewed.taken,
    jobs: truth.jobs.length,
    lateResultsKept: trainings.filter((one) => one.status === 'failed' && one.files.length > 0)
      .length,
  };
}

/** Jobs that run there still, or whose data lies there; the host itself forgets one that expires. */
export function leftAtHost({ jobs }: GpuTruth): GpuTruth['jobs'] {
  return jobs.filter((job) => !job.released && job.fate !== 'expired');
}
