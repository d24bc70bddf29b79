'use client';

import { useRef } from 'react';
import { defaultBaseModel } from '@/lib/lora/rules/base-models';
import type { StudioView } from '@/lib/studio/get-studio';
import type { Gallery as OpenedGallery } from '@/lib/studio/list-gallery';
import { Gallery, type GalleryVerbs } from './gallery';
import { GenerateForm, type GenerateImagesVerb } from './generate-form';
import { ModelPanel } from './model-panel';
import { useDraft } from './use-draft';
import { useGallery } from './use-gallery';

interface StudioProps {
  view: StudioView;
  gallery: OpenedGallery;
  verbs: GalleryVerbs & { generateImages: GenerateImagesVerb };
}

const examples = [
  'Laughing at a window seat in a café, morning light',
  'Walking through a rainy street at night, neon signs',
  'Reading on a train, looking out of the window',
];

/** Where pictures of a character are asked for, looked at, liked and thrown away. */
export function Studio({ view, gallery: opened, verbs }: StudioProps) {
  const { character, models, sandboxGenerator } = view;
  const choosable = models.filter(({ licenceMissing }) => !licenceMissing);
  const trained = choosable.find(({ adapter }) => adapter);
  const [draft, changeDraft] = useDraft(
    character.id,
    { prompt: '', baseModel: trained?.id ?? defaultBaseModel, count: 2 },
    choosable.map(({ id }) => id),
  );
  const sheet = useRef<HTMLDivElement>(null);
  const prompt = useRef<HTMLTextAreaElement>(null);
  const gallery = useGallery(character.id, opened, sheet);

  return (
    <div className="grid items-start gap-8 lg:grid-cols-[22rem_minmax(0,1fr)] lg:grid-rows-[auto_1fr]">
      <GenerateForm
        character={character}
        models={models}
        sandboxGenerator={sandboxGenerator}
        draft={draft}
        onChange={changeDraft}
        generateImages={verbs.generateImages}
        onAsked={gallery.asked}
        promptRef={prompt}
      />
      <div className="min-w-0 lg:row-span-2">
        <Gallery
          characterName={character.name}
          gallery={gallery}
          sheet={sheet}
          verbs={verbs}
          examples={examples}
          onExample={(example) => {
            changeDraft({ prompt: example });
            prompt.current?.focus();
          }}
        />
      </div>
      {models.some(({ adapter }) => adapter) && (
        <ModelPanel character={character} models={models} />
      )}
    </div>
  );
}
