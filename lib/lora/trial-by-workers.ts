import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { stopTrainings } from '../characters/detach-character.ts';
import { type Context, systemContext } from '../context.ts';
import { databaseNow } from '../database-now.ts';
import { db, inTransaction } from '../db.ts';
import { advanceDeletion } from '../deletions/advance-deletion.ts';
import { failureSentence } from '../failure-messages.ts';
import type { LoraFileRole } from '../gpu/provider.ts';
import { enqueue } from '../jobs/queue.ts';
import { observeAttempt } from './observe-attempt.ts';
import { releaseAttempt } from './release-attempt.ts';
import type { BaseModelId } from './rules/base-models.ts';
import { type FailureReason, hasEnded } from './rules/lifecycle.ts';
import { startTrial } from './start-trial.ts';
import { submitAttempt } from './submit-attempt.ts';
import { pause, type Trial, TrialFailed, type TrialWatch } from './trial.ts';

/** Past its deadline, for its end and its release; and for the removal of what it made. */
const graceMs = 10 * 60_000;

/**
 * A whole training of ten steps with made-up pictures, for the operator, at a provider whose workers
 * report to the application: started here, and submitted, looked at, stored and released by the
 * application's running workers, as any training is (`startTrial`). It costs GPU time and no credits,
 * and leaves nothing behind but the receipt of its deletion, also when it fails or is stopped.
 *
 * Throws what went wrong: why it failed, or that no worker has looked at it for `unseenMs` when it was
 * due for that.
 */
export async function trialByWorkers(
  baseModel: BaseModelId,
  { tell, signal, pauseMs = 1_000 }: TrialWatch,
  unseenMs = 60_000,
): Promise<Trial> {
  const startedAt = Date.now();
  const characterId = randomUUID();
  let ended: SeenTrial;
  try {
    const { loraModelId } = await startTrial(await context(), { characterId, baseModel });
    ended = await watch(loraModelId, { tell, signal, pauseMs }, unseenMs);
  } catch (error) {
    await remove(characterId, pauseMs).catch((left: Error) => tell(left.message));
    throw error;
  }
  await remove(characterId, pauseMs);
  return {
    files: ended.files.map(({ role, key, bytes, sha256, rank, tensorCount }) => ({
      role: role as LoraFileRole,
      key,
      bytes: Number(bytes),
      sha256,
      rank,
      tensorCount,
    })),
    seconds: (Date.now() - startedAt) / 1_000,
    costMicroUsd: ended.attempts.reduce((sum, attempt) => sum + attempt.gpuCostMicroUsd, 0n),
  };
}

async function context(): Promise<Context> {
  return systemContext('operator', await databaseNow());
}

type SeenTrial = Awaited<ReturnType<typeof look>>;

function look(loraModelId: string) {
  return db().loraModel.findUniqueOrThrow({
    where: { id: loraModelId },
    include: { attempts: { orderBy: { number: 'asc' } }, files: true },
  });
}

/** Until it is ready and has left its provider: only then is its cost final. */
async function watch(
  loraModelId: string,
  { tell, signal, pauseMs }: TrialWatch & { pauseMs: number },
  unseenMs: number,
): Promise<SeenTrial> {
  let said = '';
  for (;;) {
    const seen = await look(loraModelId);
    const now = await databaseNow();
    const unreleased = seen.attempts.filter(({ releasedAt }) => !releasedAt);
    if (hasEnded(seen.status) && unreleased.length === 0) return demandReady(seen);
    const line = wordsFor(seen);
    if (line !== said) tell(line);
    said = line;

    const unseenSince = now.getTime() - unseenMs;
    const isUnseen = unreleased.some(({ nextCheckAt, leaseUntil }) =>
      [nextCheckAt, leaseUntil].every((at) => !at || at.getTime() < unseenSince),
    );
    if (isUnseen) {
      throw new Error(
        `No worker of the application has looked at it for ${Math.round(unseenMs / 1_000)} s: \`npm start\` must be running, with the same settings.`,
      );
    }
    if (now.getTime() > seen.deadlineAt.getTime() + graceMs) {
      throw new Error(`It is not over: ${line}.`);
    }
    await pause(pauseMs, signal);
  }
}

function demandReady(seen: SeenTrial): SeenTrial {
  if (seen.status === 'ready') return seen;
  const reason = seen.failureReason as FailureReason | null;
  if (!reason) throw new Error(`It is ${seen.status}.`);
  const said = [failureSentence[reason], seen.errorMessage].filter(Boolean).join(' ');
  throw new TrialFailed(said, reason);
}

function wordsFor({ status, phase, step, trainingSteps, attempts }: SeenTrial): string {
  const { state, number, lastError } = attempts.at(-1) ?? {};
  const again = number && number > 1 ? `try ${number}: ` : '';
  if (hasEnded(status)) return `${again}${status}, leaving the provider`;
  if (state === 'submitting')
    return `${again}not submitted yet${lastError ? `, ${lastError}` : ''}`;
  return status === 'training'
    ? `${again}${phase}, step ${step} of ${trainingSteps}`
    : `${again}submitted`;
}

const stepByState = {
  submitting: submitAttempt,
  submitted: observeAttempt,
  ended: releaseAttempt,
} as const;

/**
 * Ends it if it is not over, and carries out the deletion that was written down with it. Takes every
 * step itself, beside whatever workers there are: there may be none.
 */
async function remove(characterId: string, pauseMs: number): Promise<void> {
  const where = { subjectId: characterId };
  const { id: deletionId } = (await db().deletion.findUnique({ where })) ?? {};
  if (!deletionId) return;
  const stopped = await context();
  await inTransaction(async (tx) => {
    await stopTrainings(tx, stopped, characterId);
    await tx.deletion.update({ where, data: { nextCheckAt: stopped.now } });
    await enqueue(tx, 'deletions.advance', { deletionId });
  });
  const until = Date.now() + graceMs;
  for (;;) {
    const left = await db().trainingAttempt.findMany({
      where: { loraModel: { characterId }, releasedAt: null },
      select: { id: true, state: true, nextCheckAt: true },
    });
    const ctx = await context();
    for (const { id: attemptId, state, nextCheckAt } of left) {
      if (nextCheckAt && nextCheckAt <= ctx.now) await stepByState[state](ctx, { attemptId });
    }
    if (left.length === 0) await advanceDeletion(ctx, { deletionId });
    const { state } = await db().deletion.findUniqueOrThrow({ where });
    if (state !== 'requested') return;
    if (Date.now() > until) {
      throw new Error('Not all of it is removed yet. The application’s workers go on with that.');
    }
    await delay(pauseMs);
  }
}
