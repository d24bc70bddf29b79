import { countTry } from '../accounts/limits.ts';
import { lockCharacter } from '../characters/lock-character.ts';
import { numberImages } from '../characters/number-images.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';
import { derivedId } from '../derived-id.ts';
import { demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { type GalleryItem, galleryFields, galleryItem } from './gallery-item.ts';
import { demandFrames, demandRoom, takeAdapter } from './make-room.ts';
import { pictureCounts } from './rules/limits.ts';
import type { GenerateImages } from './rules/schemas.ts';

/**
 * Asks for pictures of the character (Q6). They are there at once, in the works, each with its frame
 * number and the adapter it will be made with; the worker makes them one by one. Making pictures
 * moves no credits.
 *
 * The same `requestId` with the same input is the same pictures and the same answer.
 * Refuses NOT_FOUND, REQUEST_REUSED, LICENCE_NEEDED (D14), GENERATION_BUSY, TOO_MANY_UPLOADS,
 * TOO_MANY_REQUESTS. A refusal leaves nothing behind.
 */
export async function generateImages(
  ctx: CreatorContext,
  input: GenerateImages,
): Promise<{ images: GalleryItem[] }> {
  const { characterId, prompt, baseModel, count } = input;
  const { userId } = ctx.actor;
  await countTry('generateImages', userId);
  await openQueue();

  const rows = await inTransaction(async (tx) => {
    const character = await lockCharacter(tx, userId, characterId);
    const repeated = await findRepeated(tx, userId, input);
    if (repeated) return repeated;
    await demandRoom(tx, { characterId, baseModel, count });
    await demandFrames(tx, characterId, count);
    const adapter = await takeAdapter(tx, { characterId, baseModel, now: ctx.now });
    const first = await numberImages(tx, character.id, count);
    const made = await tx.characterImage.createManyAndReturn({
      data: Array.from({ length: count }, (_, index) => ({
        id: pictureId(userId, input.requestId, index),
        characterId,
        userId,
        number: first + index,
        source: 'generated' as const,
        inProfileSet: false,
        fileName: `studio-${first + index}.webp`,
        prompt,
        baseModel,
        loraModelId: adapter?.loraModelId ?? null,
        createdAt: ctx.now,
      })),
      select: galleryFields,
    });
    for (const { id } of made) await enqueue(tx, 'studio.generate-image', { imageId: id });
    return made;
  });
  return { images: rows.map(galleryItem).sort((one, other) => other.number - one.number) };
}

/** The pictures that this request has made before, or null when it is a new one. */
async function findRepeated(tx: Tx, userId: string, input: GenerateImages) {
  const ids = Array.from({ length: Math.max(...pictureCounts) }, (_, index) =>
    pictureId(userId, input.requestId, index),
  );
  const before = await tx.characterImage.findMany({
    where: { id: { in: ids } },
    select: { ...galleryFields, characterId: true },
  });
  if (before.length === 0) return null;
  const asked = ids.slice(0, input.count);
  const isSame =
    before.length === input.count &&
    before.every(
      ({ id, characterId, prompt, baseModel }) =>
        asked.includes(id) &&
        characterId === input.characterId &&
        prompt === input.prompt &&
        baseModel === input.baseModel,
    );
  demand(isSame, 'REQUEST_REUSED');
  return before;
}

function pictureId(userId: string, requestId: string, index: number): string {
  return derivedId(`studio:${userId}:${requestId}:${index}`);
}
