import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { auditLedger } from '../credits/audit-ledger.ts';
import { db } from '../db.ts';
import { failureIsOurs, hasEnded } from '../lora/rules/lifecycle.ts';
import { store } from '../storage/store.ts';
import type { ScriptedGpu } from './scripted-gpu.ts';

/**
 * Everything that is not as promised for one creator, their credits and one character, once nothing
 * is left to do: held against the database, the store's bytes and the provider's own record. Each
 * line begins with the promise's number. Empty when all is well.
 *
 * `lost` names jobs whose result the provider itself has lost. Of a character that was `deleted`
 * nothing is told, earned or kept any more.
 */
export async function brokenPromises(
  { userId, accountId, characterId }: { userId: string; accountId: string; characterId: string },
  { gpu, lost, deleted }: { gpu: ScriptedGpu; lost: ReadonlySet<string>; deleted: boolean },
): Promise<string[]> {
  const broken: string[] = [];
  const demand = (holds: boolean, promise: string) => {
    if (!holds) broken.push(promise);
  };
  const account = await db().creditAccount.findUniqueOrThrow({
    where: { id: accountId },
    include: { lines: true },
  });
  const trainings = await db().loraModel.findMany({
    where: { characterId },
    include: { files: true, attempts: { include: { files: true } } },
  });
  const retries = await db().freeRetry.findMany({ where: { characterId } });
  const notices = await db().notification.findMany({ where: { userId } });
  demand(!deleted || notices.length === 0, 'I10: something is told of a deleted character');
  const sum = (kind: string) =>
    account.lines.reduce((total, line) => total + (line.kind === kind ? line.amount : 0n), 0n);

  demand(
    sum('grant') === account.available + account.reserved + sum('capture'),
    'I1: credits were made or lost',
  );
  demand(account.available >= 0n && account.reserved >= 0n, 'I2: a balance is negative');
  const openTrainings = trainings.filter(({ status }) => !hasEnded(status));
  demand(openTrainings.length === 0, `I8: ${openTrainings.length} trainings never ended`);

  for (const training of trainings) {
    const { id, status, costCredits, holdId } = training;
    const is = `training ${id} is ${status}`;
    const settled = account.lines.filter((line) => line.holdId !== null && line.holdId === holdId);
    const holds = account.lines.filter((l) => l.loraModelId === id && l.kind === 'reserve');
    demand(settled.length <= 1, `I3: ${is}, its hold settled ${settled.length} times`);
    demand(holds.length === (costCredits > 0 ? 1 : 0), `I4: ${is} with ${holds.length} holds`);
    demand(settled.length === holds.length, `I4: ${is} with an open hold`);
    const paidFor = retries.some((retry) => retry.spentByLoraModelId === id);
    demand(
      deleted || costCredits > 0 || paidFor,
      `I9: ${is}, and neither paid for nor a free retry`,
    );
    if (status === 'ready') {
      demand(
        settled.every(({ kind }) => kind === 'capture'),
        `I5: ${is} and was not charged`,
      );
      demand(training.files.length > 0, `I5: ${is} and has no file`);
      for (const file of training.files) {
        demand(await isStored(file), `I5: ${is}, and ${file.key} is not the file it should be`);
      }
    } else {
      demand(
        settled.every(({ kind }) => kind === 'release'),
        `I6: ${is} and was charged`,
      );
    }
    for (const { id: attemptId, jobName, externalJobId, releasedAt, files } of training.attempts) {
      const jobs = [...gpu.record.values()].filter(({ name }) => name === jobName);
      const isKept = status === 'ready' || status === 'cancelled' || deleted || files.length > 0;
      const isSound = jobs.some(({ state }) => state === 'succeeded') && !lost.has(jobName);
      demand(
        !isSound || isKept,
        `I7: ${is}, and the finished file of ${attemptId} was thrown away`,
      );
      demand(releasedAt !== null, `I12: ${is}, and attempt ${attemptId} was not released`);
      demand(
        externalJobId === null || jobs.some(({ id }) => id === externalJobId),
        `I12: attempt ${attemptId} names ${externalJobId}, the provider ${jobs.map(({ id }) => id)}`,
      );
    }
    if (deleted) continue;
    const told = (type: string) => notices.filter((n) => n.subjectId === id && n.type === type);
    const expected = { ready: [1, 1, 0], failed: [1, 0, 1], cancelled: [1, 0, 0] }[
      status as 'ready' | 'failed' | 'cancelled'
    ];
    const counts = ['started', 'completed', 'failed'].map(
      (what) => told(`lora.training.${what}`).length,
    );
    demand(String(counts) === String(expected), `I10: ${is}, told of as ${counts}`);
  }

  for (const retry of retries) {
    const failed = trainings.find(({ id }) => id === retry.failedLoraModelId);
    const earned = failed?.status === 'failed' && failed.failureReason !== null;
    demand(
      earned && failureIsOurs(failed.failureReason as Parameters<typeof failureIsOurs>[0]),
      `I9: the free retry of ${retry.failedLoraModelId} was not earned`,
    );
    const spender = trainings.find(({ id }) => id === retry.spentByLoraModelId);
    demand(
      !spender || (spender.retryOfId === retry.failedLoraModelId && spender.costCredits === 0),
      `I9: the free retry of ${retry.failedLoraModelId} was spent by another`,
    );
  }
  for (const { problem, id, detail } of await auditLedger()) {
    broken.push(`I11: ${problem}, ${id}, ${detail}`);
  }
  for (const name of gpu.jobs.keys()) broken.push(`I12: ${name} is still at the provider`);
  const names = new Set(trainings.flatMap(({ attempts }) => attempts.map((a) => a.jobName)));
  for (const { name } of gpu.record.values()) {
    demand(names.has(name), `I12: ${name} runs at the provider and nobody knows it`);
  }
  return broken;
}

async function isStored(file: { key: string; bytes: bigint; sha256: string }): Promise<boolean> {
  if ((await store().head(file.key))?.bytes !== Number(file.bytes)) return false;
  const hash = createHash('sha256');
  await pipeline(await store().read(file.key), hash);
  return hash.digest('hex') === file.sha256;
}
