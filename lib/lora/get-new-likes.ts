import { db, type Tx } from '../db.ts';
import { demand } from '../errors.ts';
import { readManifest } from './image-manifest.ts';
import { newLikes } from './rules/new-likes.ts';

/** The newest training that made a model, and how many liked images that model has yet to learn. */
export interface NewLikes {
  loraModelId: string | null;
  /** ISO 8601, UTC; null before the first model. */
  lastTrainingDate: string | null;
  count: number;
}

/** New liked images of the user's character (AC-5). NOT_FOUND for anybody else's. */
export async function getNewLikes(userId: string, characterId: string): Promise<NewLikes> {
  const character = await db().character.findFirst({
    where: { id: characterId, userId },
    select: { id: true, newLikesDismissedAt: true },
  });
  demand(character, 'NOT_FOUND');
  return readNewLikes(db(), character);
}

/** The same, for a verb that holds the character already. */
export async function readNewLikes(
  tx: Tx,
  character: { id: string; newLikesDismissedAt: Date | null },
): Promise<NewLikes> {
  const model = await findLastReady(tx, character.id);
  if (!model) return { loraModelId: null, lastTrainingDate: null, count: 0 };
  const liked = await tx.characterImage.findMany({
    where: { characterId: character.id, state: 'ready', likedAt: { gt: model.startedAt } },
    select: { id: true, likedAt: true },
  });
  return {
    loraModelId: model.id,
    lastTrainingDate: model.completedAt?.toISOString() ?? null,
    count: newLikes(liked, model.expired ? null : model, character.newLikesDismissedAt).length,
  };
}

/** The newest training of a character that made a model, whatever became of the weights. */
export async function findLastReady(tx: Tx, characterId: string) {
  const row = await tx.loraModel.findFirst({
    where: { characterId, status: 'ready' },
    orderBy: { createdAt: 'desc' },
    select: {
      id: true,
      createdAt: true,
      trainingCompletedAt: true,
      expiredAt: true,
      baseModel: true,
      costCredits: true,
      imageManifest: true,
    },
  });
  return (
    row && {
      id: row.id,
      startedAt: row.createdAt,
      completedAt: row.trainingCompletedAt,
      baseModel: row.baseModel,
      costCredits: row.costCredits,
      imageIds: readManifest(row.imageManifest).map(({ imageId }) => imageId),
      /** Its weights are gone (D13): there is no model to be taught anything new. */
      expired: row.expiredAt !== null,
    }
  );
}
