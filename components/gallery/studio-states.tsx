import { type ImageModelId, imageModelIds, imageModels } from '@/lib/lora/rules/base-models';
import type { GalleryItem } from '@/lib/studio/gallery-item';
import type { StudioModel, StudioView } from '@/lib/studio/get-studio';
import { CharacterTabs } from '../characters/character-tabs';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import { Studio } from '../studio/studio';
import type { StateName } from './catalogue';
import { drawnId, idOf, instant, minutesMs } from './facts';
import type { ShownState } from './shown-state';
import { does, done } from './stand-in-verbs';
import { trainings } from './trainings';

const prompt = 'Laughing at a window seat in a café, morning light';

function item(number: number, changes: Partial<GalleryItem> = {}): GalleryItem {
  return {
    id: drawnId(number),
    number,
    state: 'ready',
    liked: number % 4 === 0,
    inProfileSet: false,
    source: 'generated',
    caption: null,
    prompt,
    width: 1_024,
    height: 1_280,
    model: { id: 'z-image-turbo', label: imageModels['z-image-turbo'].label },
    withLora: true,
    sandbox: false,
    failure: null,
    createdAt: instant(-(60 - number) * minutesMs),
    ...changes,
  };
}

/** Newest first. */
function items(count: number, changes: (number: number) => Partial<GalleryItem> = () => ({})) {
  return Array.from({ length: count }, (_, at) => {
    const number = count - at;
    return item(number, {
      ...(number <= 8 && {
        inProfileSet: true,
        source: 'upload' as const,
        prompt: null,
        model: null,
        withLora: false,
      }),
      ...changes(number),
    });
  });
}

interface StudioFacts {
  trained?: readonly ImageModelId[];
  sandbox?: boolean;
}

function models({ trained = ['z-image-turbo'], sandbox = false }: StudioFacts): StudioModel[] {
  const { id: trainingId, completedAt, imageCount, files } = trainings.ready;
  return imageModelIds.map((id) => {
    const { label, summary, supportsLora, needsLicence } = imageModels[id];
    return {
      id,
      label,
      summary,
      supportsLora,
      licenceMissing: needsLicence,
      adapter: trained.includes(id)
        ? { id: trainingId, completedAt, imageCount, sandbox, files }
        : null,
      open: id === 'one-2.1' ? { status: 'training', step: 615, totalSteps: 1_500 } : null,
    };
  });
}

function studio(
  number: number,
  shown: readonly GalleryItem[],
  facts: StudioFacts = {},
): ShownState {
  const character: StudioView['character'] = {
    id: idOf('character', number),
    name: 'Mara',
    look: 'Woman in her thirties, short dark hair, freckles',
    triggerWord: 'mrvl7k',
    profileSetComplete: true,
  };
  const ready = shown.filter(({ state }) => state === 'ready');
  return {
    content: (
      <>
        <CharacterTabs characterId={character.id} />
        <PageContainer width="gallery">
          <PageHeading title={character.name} isName lead={character.look} />
          <Studio
            view={{ character, models: models(facts), sandboxGenerator: facts.sandbox ?? false }}
            gallery={{
              items: [...shown],
              nextBefore: null,
              imageCount: ready.length,
              likedCount: ready.filter(({ liked }) => liked).length,
            }}
            verbs={{
              generateImages: does({ images: [] }),
              retryImage: does({ image: item(1) }),
              likeImage: done,
              removeImage: done,
              restoreImage: done,
            }}
          />
        </PageContainer>
      </>
    ),
    answers: { gallery: shown },
  };
}

function whyNotMade(number: number): GalleryItem['failure'] {
  return number === 10
    ? { code: 'ALREADY_HERE', details: { ofNumber: 4 } }
    : { code: 'GENERATION_FAILED', details: {} };
}

const fifty = items(50);

export const studioStates: Record<StateName<'studio'>, ShownState> = {
  empty: studio(600, [], { trained: [] }),
  fifty: studio(601, fifty),
  generating: studio(
    602,
    items(12, (number) =>
      number > 8
        ? { state: 'making', width: null, height: null, createdAt: instant(-(20 - number) * 2_000) }
        : {},
    ),
  ),
  'not-made': studio(
    603,
    items(12, (number) => (number > 9 ? { state: 'failed', failure: whyNotMade(number) } : {})),
  ),
  'without-lora': { ...studio(604, items(12), { trained: [] }), presses: ['SDXL Lightning'] },
  sandbox: studio(
    605,
    items(12, (number) => ({ sandbox: number > 8 })),
    { sandbox: true },
  ),
  viewer: { ...studio(606, items(12)), presses: ['Image 11'] },
};
