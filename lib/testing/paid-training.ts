import { randomUUID } from 'node:crypto';
import { capture, release, reserve } from '../credits/ledger.ts';
import { db, inTransaction } from '../db.ts';
import { baseModels } from '../lora/rules/base-models.ts';
import type { FailureReason } from '../lora/rules/lifecycle.ts';
import { quoteTraining } from '../lora/rules/pricing.ts';
import { addPastFile, pastFileKey } from './past-file.ts';

interface PaidTraining {
  /** How it stands. */
  status: 'pending' | 'ready' | 'failed' | 'cancelled';
  failureReason?: FailureReason;
  imageCount?: number;
}

/**
 * A training of `character` with its credits reserved, and settled when it has ended, written
 * straight into the tables: nothing is left to do, so that nobody works on it. Returns its id.
 */
export async function makePaidTraining(
  character: { id: string; userId: string },
  { status, failureReason = 'GPU_OUT_OF_MEMORY', imageCount = 7 }: PaidTraining,
): Promise<string> {
  const id = randomUUID();
  const baseModel = 'z-image-turbo';
  const { totalCredits } = quoteTraining(baseModel, imageCount);
  const now = new Date();
  const ended = status !== 'pending';
  const holdId = await inTransaction((tx) =>
    reserve(tx, character.userId, totalCredits, {
      idempotencyKey: `reserve:${id}`,
      memo: `Training, ${imageCount} images, ${baseModels[baseModel].label}`,
      loraModelId: id,
    }),
  );
  await inTransaction(async (tx) => {
    await tx.loraModel.create({
      data: {
        id,
        characterId: character.id,
        userId: character.userId,
        status,
        baseModel,
        triggerWord: 'ohwx_mara',
        config: {},
        imageManifest: [],
        imageManifestSha256: '0'.repeat(64),
        imageCount,
        requestId: randomUUID(),
        requestHash: '0'.repeat(64),
        startedBy: 'creator',
        costCredits: totalCredits,
        priceVersion: 1,
        holdId,
        externalProvider: 'sandbox',
        trainingSteps: 1_500,
        deadlineAt: new Date(now.getTime() + 3_600_000),
        ...(ended && { trainingStartedAt: now, trainingCompletedAt: now, trainingDurationMs: 0 }),
        ...(status === 'failed' && { failureReason }),
        ...(status === 'ready' && { modelPath: pastFileKey(id) }),
      },
    });
    if (status === 'ready') await addPastFile(tx, id, now);
    if (ended) await (status === 'ready' ? capture : release)(tx, holdId);
  });
  return id;
}

/** Ends the pending training `id` as cancelled, with its credits back. */
export async function cancelPaidTraining(id: string): Promise<void> {
  const { holdId } = await db().loraModel.findUniqueOrThrow({ where: { id } });
  await inTransaction(async (tx) => {
    await tx.loraModel.update({
      where: { id },
      data: { status: 'cancelled', trainingCompletedAt: new Date() },
    });
    if (holdId) await release(tx, holdId);
  });
}
