'use client';

import { type KeyboardEvent, type Ref, useRef, useState } from 'react';
import { formatCount } from '@/lib/format';
import type { ImageModelId } from '@/lib/lora/rules/base-models';
import type { GalleryItem } from '@/lib/studio/gallery-item';
import type { StudioModel, StudioView } from '@/lib/studio/get-studio';
import { maxPromptLength, type PictureCount, pictureCounts } from '@/lib/studio/rules/limits';
import { Button } from '../ui/button';
import { Panel } from '../ui/panel';
import { SandboxMark } from '../ui/sandbox-mark';
import { TextArea } from '../ui/text-area';
import { newRequestId } from '../verbs/new-request-id';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { Consequence, ModelChoice } from './model-choice';
import type { Draft } from './use-draft';

export type GenerateImagesVerb = Verb<
  {
    characterId: string;
    prompt: string;
    baseModel: ImageModelId;
    count: PictureCount;
    requestId: string;
  },
  { images: GalleryItem[] }
>;

interface GenerateFormProps {
  character: StudioView['character'];
  models: readonly StudioModel[];
  sandboxGenerator: boolean;
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
  generateImages: GenerateImagesVerb;
  onAsked: (images: readonly GalleryItem[]) => void;
  /** The prompt's field, for focus from an example. */
  promptRef: Ref<HTMLTextAreaElement>;
}

/** A scene in words, a model, and how many pictures of it. */
export function GenerateForm({
  character,
  models,
  sandboxGenerator,
  draft,
  onChange,
  generateImages,
  onAsked,
  promptRef,
}: GenerateFormProps) {
  const { run, pending, refusal } = useVerb(generateImages);
  const [isMissing, setMissing] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const request = useRef({ of: '', id: '' });
  const prompt = draft.prompt.trim();
  const chosen = models.find(({ id }) => id === draft.baseModel);
  const error = isMissing && prompt === '' ? 'Describe a scene first.' : undefined;

  async function submit() {
    if (prompt === '') {
      setMissing(true);
      form.current?.querySelector('textarea')?.focus();
      return;
    }
    const input = {
      characterId: character.id,
      prompt,
      baseModel: draft.baseModel,
      count: draft.count,
    };
    // Kept until it succeeds: pressed again after a lost answer, it is the same pictures.
    const of = JSON.stringify(input);
    if (request.current.of !== of) request.current = { of, id: newRequestId() };
    const result = await run({ ...input, requestId: request.current.id });
    if (!result?.ok) return;
    request.current = { of: '', id: '' };
    onAsked(result.value.images);
  }

  function pressed(event: KeyboardEvent) {
    if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    void submit();
  }

  return (
    <Panel title="New pictures">
      <form
        ref={form}
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextArea
          ref={promptRef}
          label="Prompt"
          hint={
            <>
              What <bdi>{character.name}</bdi> does, where, in which light.
            </>
          }
          error={error}
          rows={3}
          dir="auto"
          maxLength={maxPromptLength}
          value={draft.prompt}
          onChange={(event) => onChange({ prompt: event.target.value })}
          onKeyDown={pressed}
        />
        <div className="flex flex-col gap-3">
          <div className="flex flex-wrap items-end gap-3">
            <fieldset className="min-w-36 flex-1">
              <legend className="sr-only">Number of pictures</legend>
              <div className="flex gap-1.5">
                {pictureCounts.map((count) => (
                  <label
                    key={count}
                    className="relative flex min-h-target-large flex-1 items-center justify-center rounded-control border border-control bg-surface font-medium tabular-nums hover:border-ink-3 has-checked:border-accent has-checked:bg-accent-soft has-checked:text-accent has-checked:shadow-[inset_0_0_0_1px_var(--accent)] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus"
                  >
                    <input
                      type="radio"
                      name="picture-count"
                      value={count}
                      checked={draft.count === count}
                      onChange={() => onChange({ count })}
                      className="absolute inset-0 m-0 appearance-none outline-none"
                    />
                    {count}
                  </label>
                ))}
              </div>
            </fieldset>
            <Button
              type="submit"
              variant="primary"
              pending={pending}
              aria-keyshortcuts="Meta+Enter Control+Enter"
              className="min-h-target-large min-w-36"
            >
              Make {formatCount(draft.count, 'picture')}
            </Button>
          </div>
          <p className="text-small text-pretty text-ink-2">
            {chosen && <Consequence character={character} model={chosen} />}
          </p>
          {refusal && <RefusalNotice refusal={refusal} />}
        </div>
        <ModelChoice
          character={character}
          models={models}
          value={draft.baseModel}
          onChange={(baseModel) => onChange({ baseModel })}
        />
        {sandboxGenerator && (
          <p className="text-small text-pretty text-ink-2">
            <SandboxMark className="mr-1.5 align-middle" />
            Free in the sandbox. It draws illustrations and does not read the prompt; with a trained
            model it draws the same person each time.
          </p>
        )}
      </form>
    </Panel>
  );
}
