import { Plus } from 'lucide-react';
import { paths } from '@/lib/paths';
import { type CharacterCard, CharacterList } from '../characters/character-list';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import { EmptyState } from '../ui/empty-state';
import { LinkButton } from '../ui/link-button';
import type { StateName } from './catalogue';
import { drawnId, idOf } from './facts';
import type { ShownState } from './shown-state';

const names = [
  'Mara',
  'Ines',
  'Yuki 🌸',
  'נועה',
  'Alexandrina-Wilhelmina von Hohenstaufen-Castelberg auf Rügen',
  'Bo',
] as const;

const running = { step: 615, totalSteps: 1_500, sandbox: false };
const trainings: readonly CharacterCard['training'][] = [
  { ...running, status: 'ready' },
  { ...running, status: 'training' },
  { ...running, status: 'pending' },
  { ...running, status: 'failed' },
  { ...running, status: 'cancelled' },
  { ...running, status: 'ready', sandbox: true },
  null,
];

function card(at: number, changes: Partial<CharacterCard> = {}): CharacterCard {
  return {
    id: idOf('character', 1_000 + at),
    name: names[at % names.length] ?? 'Mara',
    coverImageIds: Array.from({ length: 4 - (at % 4) }, (_, frame) => drawnId(at * 5 + frame + 1)),
    imageCount: 7 + at * 3,
    newLikedImageCount: at % 3 === 0 ? 2 : 0,
    profileSetComplete: at % 5 !== 4,
    training: trainings[at % trainings.length] ?? null,
    ...changes,
  };
}

function list(characters: readonly CharacterCard[]): ShownState {
  const create = (
    <LinkButton href={paths.newInfluencer()} variant="primary" icon={<Plus aria-hidden="true" />}>
      New influencer
    </LinkButton>
  );
  return {
    content: (
      <PageContainer width="gallery">
        <PageHeading title="Influencers" actions={characters.length > 0 && create} />
        {characters.length > 0 ? (
          <CharacterList characters={characters} sandbox={false} />
        ) : (
          <EmptyState title="No influencers yet" action={create}>
            An influencer is one face: your pictures of it, and the model that learns it. Start with
            a name.
          </EmptyState>
        )}
      </PageContainer>
    ),
  };
}

export const influencerStates: Record<StateName<'influencers'>, ShownState> = {
  empty: list([]),
  one: list([card(0)]),
  twelve: list(Array.from({ length: 12 }, (_, at) => card(at))),
  'long-name': list([card(4, { profileSetComplete: true, training: trainings[1] })]),
};
