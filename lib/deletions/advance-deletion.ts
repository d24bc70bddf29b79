import type { Deletion } from '../../prisma/client/client.ts';
import { forgetAnswers } from '../characters/detach-character.ts';
import type { Context } from '../context.ts';
import { db, inTransaction, type Tx } from '../db.ts';
import { DomainError } from '../errors.ts';
import { log } from '../log.ts';
import { openStatuses } from '../lora/rules/lifecycle.ts';
import {
  attemptPrefix,
  characterPrefix,
  incomingImageKey,
  samplesPrefix,
} from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { removeStrays, removeUnder } from './remove-objects.ts';
import { addCounts, countsSchema, type DeletionCounts, lastLookAfterMs } from './rules/receipt.ts';
import { sendReceipt } from './send-receipt.ts';

/** Whoever takes a deletion gets this long; then another may. */
const takenMs = 60_000;

/** What there is to do before the next look, or that it has to wait for something else. */
type Step = 'waits' | { due: Date } | 'finished';

/**
 * Takes a deletion one step on: pictures first, whatever the GPU provider does; when every training
 * has ended and left the provider, what trainings made, and the rows; a quarter of an hour later a
 * last look for what came by links given out before. Every step is safe to repeat, at any time, by
 * anyone; a crash, or a store or provider that is away, costs time only.
 */
export async function advanceDeletion(
  ctx: Context,
  { deletionId }: { deletionId: string },
): Promise<void> {
  const deletion = await take(ctx, deletionId);
  if (!deletion) return;
  try {
    const step = await (deletion.subject === 'account' ? account : influencer)(ctx, deletion);
    if (step === 'finished') return;
    await postpone(deletion, step === 'waits' ? waitFrom(ctx, deletion.tries) : step.due);
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'STORAGE_UNAVAILABLE')) throw error;
    log().warn({ deletionId, error }, 'a deletion waits for the store');
    await postpone(deletion, waitFrom(ctx, deletion.tries));
  }
}

/** Moving the time on is taking it: of two at once one finds it due. */
async function take(ctx: Context, id: string): Promise<Deletion | null> {
  const [taken] = await db().deletion.updateManyAndReturn({
    where: { id, nextCheckAt: { lte: ctx.now } },
    data: { nextCheckAt: new Date(ctx.now.getTime() + takenMs), tries: { increment: 1 } },
  });
  return taken ?? null;
}

async function postpone({ id, state }: Deletion, nextCheckAt: Date): Promise<void> {
  await db().deletion.updateMany({ where: { id, state }, data: { nextCheckAt } });
}

/** 1, 2, 4 … seconds, a minute at most. */
function waitFrom(ctx: Context, tries: number): Date {
  return new Date(ctx.now.getTime() + Math.min(60, 2 ** Math.min(tries - 1, 6)) * 1_000);
}

async function influencer(ctx: Context, deletion: Deletion): Promise<Step> {
  const { subjectId: characterId, ownerId } = deletion;
  if (deletion.state === 'emptied') {
    const objects = await removeAllOf(characterId, deletion.attemptIds);
    return finish(ctx, deletion, objects + (await removeStrays(ownerId)));
  }
  const attempts = await db().trainingAttempt.findMany({
    where: { loraModel: { characterId } },
    select: { id: true },
  });
  const attemptIds = attempts.map(({ id }) => id);
  await removePictures(deletion);
  await removeHearsay(deletion, attemptIds);
  if (await isTraining(characterId)) return 'waits';
  await count(db(), deletion, { objects: await removeAllOf(characterId, attemptIds) });
  return removeRows(ctx, deletion, attemptIds);
}

/** The pictures' objects, uploads under way among them, and then the rows that led to them. */
async function removePictures(deletion: Deletion): Promise<void> {
  const { subjectId: characterId, ownerId } = deletion;
  const open = await db().characterImage.findMany({
    where: { characterId, uploadId: { not: null } },
    select: { id: true, uploadId: true },
  });
  for (const { id, uploadId } of open) {
    if (uploadId) await store().abortUpload(incomingImageKey(ownerId, id), uploadId);
  }
  const objects = (await removeUnder(characterPrefix(characterId))) + (await removeStrays(ownerId));
  await inTransaction(async (tx) => {
    const { count: images } = await tx.characterImage.deleteMany({ where: { characterId } });
    await count(tx, deletion, { objects, images });
  });
}

/** What trainings told of themselves on their way. Their results wait for how they end. */
async function removeHearsay(deletion: Deletion, attemptIds: string[]): Promise<void> {
  let objects = 0;
  for (const id of attemptIds) objects += await removeUnder(samplesPrefix(id));
  const ofAttempts = { where: { attemptId: { in: attemptIds } } };
  await inTransaction(async (tx) => {
    await tx.webhookDelivery.deleteMany(ofAttempts);
    const { count: samples } = await tx.trainingSample.deleteMany(ofAttempts);
    await count(tx, deletion, { objects, samples });
  });
}

/** Until each has ended, settled its credits and left its provider. */
async function isTraining(characterId: string): Promise<boolean> {
  const open = await db().loraModel.count({
    where: {
      characterId,
      OR: [{ status: { in: [...openStatuses] } }, { attempts: { some: { releasedAt: null } } }],
    },
  });
  return open > 0;
}

async function removeAllOf(characterId: string, attemptIds: string[]): Promise<number> {
  let removed = await removeUnder(characterPrefix(characterId));
  for (const id of attemptIds) removed += await removeUnder(attemptPrefix(id));
  return removed;
}

async function removeRows(ctx: Context, deletion: Deletion, attemptIds: string[]): Promise<Step> {
  const { id, subjectId: characterId, ownerId } = deletion;
  const due = new Date(ctx.now.getTime() + lastLookAfterMs);
  await inTransaction(async (tx) => {
    const { count: moved } = await tx.deletion.updateMany({
      where: { id, state: 'requested' },
      data: { state: 'emptied', emptiedAt: ctx.now, attemptIds, tries: 0, nextCheckAt: due },
    });
    if (moved === 0) return;
    const models = await tx.loraModel.findMany({ where: { characterId }, select: { id: true } });
    await count(tx, deletion, {
      influencers: 1,
      trainings: models.length,
      models: await tx.loraFile.count({ where: { loraModel: { characterId } } }),
      consents: await tx.consent.count({ where: { characterId } }),
      creditLines: await tx.creditLine.count({
        where: { loraModelId: { in: models.map((model) => model.id) } },
      }),
    });
    await forgetAnswers(tx, ownerId, characterId);
    await tx.webhookDelivery.deleteMany({ where: { attemptId: { in: attemptIds } } });
    // Trainings with their attempts, histories, samples and files, consents and free retries go with it.
    await tx.character.deleteMany({ where: { id: characterId } });
  });
  return { due };
}

async function account(ctx: Context, deletion: Deletion): Promise<Step> {
  if (deletion.mailTo && !(await sendReceipt(ctx, deletion))) return 'waits';
  const wanted = deletion.state === 'emptied' ? ['finished'] : ['emptied', 'finished'];
  const behind = await db().deletion.count({
    where: { parentId: deletion.id, state: { notIn: wanted } },
  });
  if (behind > 0) return 'waits';
  const objects = await removeStrays(deletion.ownerId);
  if (deletion.state === 'emptied') return finish(ctx, deletion, objects);
  const due = new Date(ctx.now.getTime() + lastLookAfterMs);
  await inTransaction(async (tx) => {
    const { count: moved } = await tx.deletion.updateMany({
      where: { id: deletion.id, state: 'requested' },
      data: { state: 'emptied', emptiedAt: ctx.now, tries: 0, nextCheckAt: due },
    });
    if (moved === 1) await count(tx, deletion, { objects });
  });
  return { due };
}

async function finish(ctx: Context, deletion: Deletion, objects: number): Promise<Step> {
  await inTransaction(async (tx) => {
    const { count: moved } = await tx.deletion.updateMany({
      where: { id: deletion.id, state: 'emptied' },
      data: { state: 'finished', finishedAt: ctx.now, nextCheckAt: null, attemptIds: [] },
    });
    if (moved === 1) await count(tx, deletion, { objects });
  });
  return 'finished';
}

/** Adds to what the receipt tells. */
async function count(tx: Tx, { id }: Deletion, more: Partial<DeletionCounts>): Promise<void> {
  if (Object.values(more).every((value) => value === 0)) return;
  await tx.$queryRaw`SELECT FROM deletions WHERE id = ${id}::uuid FOR UPDATE`;
  const { counts } = await tx.deletion.findUniqueOrThrow({
    where: { id },
    select: { counts: true },
  });
  const sum = addCounts(countsSchema.parse(counts), countsSchema.parse(more));
  await tx.deletion.update({ where: { id }, data: { counts: sum } });
}
