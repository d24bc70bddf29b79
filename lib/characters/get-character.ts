import { db } from '../db.ts';
import { demand } from '../errors.ts';

export interface CharacterView {
  id: string;
  name: string;
  look: string;
  triggerWord: string;
  /** Null while the wizard is not finished. */
  profileSetCompletedAt: string | null;
  loraTrainingEnabled: boolean;
  loraTrainingAutoStart: boolean;
  createdAt: string;
}

/** The user's character. NOT_FOUND for anybody else's. */
export async function getCharacter(userId: string, id: string): Promise<CharacterView> {
  const character = await db().character.findFirst({ where: { id, userId } });
  demand(character, 'NOT_FOUND');
  return {
    id: character.id,
    name: character.name,
    look: character.look,
    triggerWord: character.triggerWord,
    profileSetCompletedAt: character.profileSetCompletedAt?.toISOString() ?? null,
    loraTrainingEnabled: character.loraTrainingEnabled,
    loraTrainingAutoStart: character.loraTrainingAutoStart,
    createdAt: character.createdAt.toISOString(),
  };
}
