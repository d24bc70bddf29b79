import type { ReactNode } from 'react';
import { orNotFound } from '@/app/_server/or-not-found';
import { parseInput } from '@/app/_server/parse-input';
import { currentUser } from '@/app/_server/session';
import { CharacterTabs } from '@/components/characters/character-tabs';
import { notingNotFound } from '@/lib/acts/noting-not-found.ts';
import { getCharacter } from '@/lib/characters/get-character.ts';
import { characterIdSchema } from '@/lib/lora/rules/schemas.ts';

/**
 * What stands above every page of one influencer; what is not there has no tabs. Each page still
 * asks for itself who may see it; that it was asked for what is not there is written down here, for all.
 */
export default async function InfluencerLayout({
  children,
  params,
}: {
  children: ReactNode;
  params: Promise<{ id: string }>;
}) {
  const { id } = await params;
  const user = await currentUser();
  if (!user) return children;
  const asked = { userId: user.id, operation: 'openInfluencer' };
  const character = await orNotFound(() =>
    notingNotFound(asked, async () => {
      const { characterId } = parseInput(characterIdSchema, { characterId: id });
      return getCharacter(user.id, characterId);
    }),
  );
  return (
    <>
      <CharacterTabs characterId={character.id} />
      {children}
    </>
  );
}
