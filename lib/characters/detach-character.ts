import type { Context } from '../context.ts';
import type { Tx } from '../db.ts';
import { enqueue } from '../jobs/queue.ts';
import { openStatuses } from '../lora/rules/lifecycle.ts';

/**
 * Takes a character out of the world, in the caller's transaction: it and all it has lose their
 * owner, so that every read answers NOT_FOUND, and every word of them; notices about it go; an open
 * training is asked to stop, as by `cancelTraining`, and settles its credits by itself. What remains
 * are ids, which the deletion (lib/deletions) needs to find the rest. Returns the deletion's id. The
 * caller holds its trainings (`lockTrainings`) and its row, and has opened the queue.
 */
export async function detachCharacter(
  tx: Tx,
  ctx: Context,
  character: { id: string; userId: string },
  parentId?: string,
): Promise<string> {
  const { id: characterId, userId } = character;
  const deletion = await tx.deletion.create({
    data: {
      subject: 'influencer',
      subjectId: characterId,
      ownerId: userId,
      parentId,
      requestedAt: ctx.now,
      nextCheckAt: ctx.now,
    },
    select: { id: true },
  });
  await tx.character.update({
    where: { id: characterId },
    data: {
      userId: null,
      name: 'Deleted',
      look: '',
      triggerWord: `deleted_${characterId.replaceAll('-', '')}`,
      draftImageIds: [],
      agreedPriceCredits: null,
      agreedAt: null,
    },
  });
  await tx.characterImage.updateMany({
    where: { characterId },
    data: { userId: null, fileName: '', caption: null, prompt: null },
  });
  await stopTrainings(tx, ctx, characterId);
  const models = await tx.loraModel.findMany({ where: { characterId }, select: { id: true } });
  const ids = models.map(({ id }) => id);
  await tx.trainingAttempt.updateMany({
    where: { loraModelId: { in: ids } },
    data: { lastError: null },
  });
  await tx.loraModel.updateMany({
    where: { characterId },
    data: { userId: null, triggerWord: '', imageManifest: [], errorMessage: null },
  });
  await tx.trainingSample.updateMany({
    where: { loraModelId: { in: ids } },
    data: { prompt: '' },
  });
  const { count: notifications } = await tx.notification.deleteMany({
    where: { userId, OR: [{ subjectId: { in: [characterId, ...ids] } }, ofPages(characterId)] },
  });
  await forgetAnswers(tx, userId, characterId);
  await tx.deletion.update({ where: { id: deletion.id }, data: { counts: { notifications } } });
  await enqueue(tx, 'deletions.advance', { deletionId: deletion.id });
  return deletion.id;
}

/**
 * Holds the trainings of a user, or of one character, in the order in which an observation writes
 * them: attempts, trainings, and only then the characters, which are the caller's. Else a deletion
 * and a look at a training could wait for each other.
 */
export async function lockTrainings(tx: Tx, userId: string, characterId?: string): Promise<void> {
  const one = characterId ?? null;
  await tx.$queryRaw`
    SELECT FROM training_attempts attempt JOIN lora_models model ON model.id = attempt.lora_model_id
     WHERE model.user_id = ${userId}::uuid AND model.character_id = coalesce(${one}::uuid, model.character_id)
     ORDER BY attempt.id FOR UPDATE OF attempt`;
  await tx.$queryRaw`
    SELECT FROM lora_models model
     WHERE user_id = ${userId}::uuid AND character_id = coalesce(${one}::uuid, character_id)
     ORDER BY id FOR UPDATE`;
}

/**
 * Asks whatever trains of a character to stop, as `cancelTraining` does, and has it looked at. The
 * caller has opened the queue.
 */
export async function stopTrainings(tx: Tx, ctx: Context, characterId: string): Promise<void> {
  const live = await tx.trainingAttempt.findMany({
    where: { state: { not: 'ended' }, loraModel: { characterId } },
    select: { id: true },
  });
  for (const { id: attemptId } of live) {
    const { state } = await tx.trainingAttempt.update({
      where: { id: attemptId },
      data: { nextCheckAt: ctx.now },
      select: { state: true },
    });
    const job = state === 'submitting' ? 'lora.attempt.submit' : 'lora.attempt.observe';
    await enqueue(tx, job, { attemptId });
  }
  await tx.loraModel.updateMany({
    where: { characterId, status: { in: [...openStatuses] }, cancelRequestedAt: null },
    data: { cancelRequestedAt: ctx.now },
  });
}

function ofPages(characterId: string) {
  return { href: { startsWith: `/influencer/${characterId}` } };
}

/**
 * Answers kept for a repeat (Idempotency-Key) that tell of the character or of anything it has become
 * "there is nothing here"; refusals that name a file are forgotten, for a repeat to be refused anew.
 */
export async function forgetAnswers(tx: Tx, userId: string, characterId: string): Promise<void> {
  await tx.$executeRaw`
    WITH gone AS (
      SELECT ${characterId}::uuid AS id
      UNION SELECT id FROM character_images WHERE character_id = ${characterId}::uuid
      UNION SELECT id FROM lora_models WHERE character_id = ${characterId}::uuid
    )
    UPDATE idempotency_keys SET response_status = 404, response_body = NULL
     WHERE user_id = ${userId}::uuid
       AND EXISTS (
         SELECT FROM regexp_matches(response_body::text,
                  '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', 'g') AS named
         JOIN gone ON gone.id::text = named[1])`;
  await tx.$executeRaw`
    DELETE FROM idempotency_keys
     WHERE user_id = ${userId}::uuid AND response_body -> 'details' ? 'fileName'`;
}
