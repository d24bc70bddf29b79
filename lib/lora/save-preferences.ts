import { lockCharacter } from '../characters/lock-character.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { trainableImages } from './get-training-panel.ts';
import type { SavePreferences } from './rules/schemas.ts';
import { minImages } from './rules/selection.ts';

/**
 * Switches training, its automatic start and what is told about it on or off for a character (F5,
 * D12). The newest save wins; what it does not name stays. Switching training on needs 5 images (Q2).
 * Refuses NOT_FOUND and TOO_FEW_IMAGES. Returns the version that pages compare.
 */
export async function savePreferences(
  ctx: CreatorContext,
  input: SavePreferences,
): Promise<{ version: string }> {
  const { characterId, ...preferences } = input;
  return inTransaction(async (tx) => {
    const character = await lockCharacter(tx, ctx.actor.userId, characterId);
    if (preferences.loraTrainingEnabled && !character.loraTrainingEnabled) {
      const count = await tx.characterImage.count({ where: trainableImages(characterId) });
      demand(count >= minImages, 'TOO_FEW_IMAGES', { missing: minImages - count });
    }
    const { updatedAt } = await tx.character.update({
      where: { id: characterId },
      data: preferences,
      select: { updatedAt: true },
    });
    return { version: updatedAt.toISOString() };
  });
}
