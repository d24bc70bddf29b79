import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { clearAway } from './clear-away.ts';
import { hiddenRejections } from './image-view.ts';

/**
 * Forgets an upload that its creator does not want any more, with whatever of it has arrived. What a
 * crash leaves behind the sweep clears. Refuses NOT_FOUND, also once it is an image.
 */
export async function giveUpUpload(
  ctx: CreatorContext,
  { imageId }: { imageId: string },
): Promise<void> {
  const { userId } = ctx.actor;
  const own = { id: imageId, userId, state: 'uploading', source: 'upload' } as const;
  const image = await db().characterImage.findFirst({ where: own });
  demand(image, 'NOT_FOUND');
  const { count } = await db().characterImage.updateMany({
    where: own,
    data: { state: 'rejected', rejection: hiddenRejections.removed },
  });
  demand(count === 1, 'NOT_FOUND');
  await clearAway({ ...image, userId });
}
