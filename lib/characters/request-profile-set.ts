import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { lockCharacter } from './lock-character.ts';
import { addProfileImages } from './profile-images.ts';

/**
 * Asks for a generated profile set. The images are there at once, `uploading`, and become ready one
 * by one; asking again adds those that were removed since. Refuses NOT_FOUND and
 * PROFILE_SET_COMPLETE.
 */
export async function requestProfileSet(
  ctx: CreatorContext,
  { characterId }: { characterId: string },
): Promise<void> {
  await openQueue();
  await inTransaction(async (tx) => {
    const character = await lockCharacter(tx, ctx.actor.userId, characterId);
    demand(!character.profileSetCompletedAt, 'PROFILE_SET_COMPLETE');
    await addProfileImages(tx, character, ctx.now);
    await enqueue(tx, 'characters.generate-profile-set', { characterId });
  });
}
