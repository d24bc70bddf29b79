'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { formatCredits, formatTimeRange } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import type { ConsentKind } from '@/lib/lora/rules/schemas';
import { paths } from '@/lib/paths';
import { StepHeading, stepHeadingId } from '../characters/step-heading';
import { type LikeVerb, useLikes } from '../characters/use-likes';
import { Button } from '../ui/button';
import { SandboxMark } from '../ui/sandbox-mark';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Refusal, Verb } from '../verbs/verb-result';
import { ActionBar } from './action-bar';
import type { Choice } from './choice';
import { CostBreakdown } from './cost-breakdown';
import { firstChoice } from './first-choice';
import type { SaveCaptionVerb } from './image-preview';
import { MissingCredits } from './missing-credits';
import { type NewPrice, priceKey, priceOf } from './price-of';
import { SaveStateText } from './save-state';
import { SelectionSummary } from './selection-summary';
import { wordMissingImages } from './selection-words';
import { consentFieldId, TrainingFields } from './training-fields';
import { TrainingToggle } from './training-toggle';
import { useFreshPage } from './use-fresh-page';
import { type SavePreferencesVerb, usePreference } from './use-preference';
import { type SaveDraftVerb, type SaveState, useTrainingChoice } from './use-training-choice';

export interface TrainingStepVerbs {
  completeProfileSet: Verb<
    { characterId: string; agreedCredits: number | null; consent: ConsentKind | null },
    unknown
  >;
  savePreferences: SavePreferencesVerb;
  saveDraft: SaveDraftVerb;
  likeImage: LikeVerb;
  saveCaption: SaveCaptionVerb;
}

const notSaved: Refusal = {
  code: 'INTERNAL',
  sentence: 'Your selection could not be saved, so nothing was started.',
  wayOut: 'Try again',
  details: {},
};

/**
 * Third step of the wizard: whether to train, with what, for how much. The button that finishes the
 * wizard says what it will do and reserve (D11).
 */
export function TrainingStep({
  panel,
  verbs,
}: {
  panel: TrainingPanelView;
  verbs: TrainingStepVerbs;
}) {
  const router = useRouter();
  const { character, images, balance, models } = panel;
  const training = useTrainingChoice(character.id, firstChoice(panel), verbs.saveDraft);
  const { choice, change, save, saveState } = training;
  const likes = useLikes(verbs.likeImage);
  const complete = useVerb(verbs.completeProfileSet);
  const toggle = usePreference({
    characterId: character.id,
    name: 'training',
    value: character.loraTrainingEnabled && character.loraTrainingAutoStart,
    version: character.version,
    toInput: (wanted) => ({ loraTrainingEnabled: wanted, loraTrainingAutoStart: wanted }),
    savePreferences: verbs.savePreferences,
  });
  useFreshPage();
  const [consent, setConsent] = useState<ConsentKind | null>(null);
  const [consentMissing, setConsentMissing] = useState(false);
  const [draftRefusal, setDraftRefusal] = useState<Refusal | null>(null);
  const [finishing, setFinishing] = useState(false);
  const underWay = useRef(false);
  const [newPrice, setNewPrice] = useState<NewPrice | null>(null);

  const known = new Set(images.map(({ id }) => id));
  const chosen: Choice = { ...choice, imageIds: choice.imageIds.filter((id) => known.has(id)) };
  const price = priceOf(chosen, null);
  const model = models.find(({ id }) => id === chosen.baseModel);
  const changed = newPrice?.of === priceKey(chosen) ? newPrice : null;
  const credits = changed ? changed.currentCredits : price.totalCredits;
  const missingCredits = credits - balance.availableCredits;
  const here = paths.wizard(character.id, 'training');
  const whyOff =
    wordMissingImages(chosen.imageIds.length) ??
    (missingCredits > 0 ? <MissingCredits missing={missingCredits} back={here} /> : null);
  const willTrain = toggle.value && whyOff === null;
  const refusal = draftRefusal ?? complete.refusal;

  const { forget } = complete;
  const goneRefused = complete.refusal?.code === 'IMAGE_NOT_AVAILABLE';
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the images were read anew
  useEffect(() => {
    if (goneRefused) forget();
  }, [images]);

  async function finish() {
    if (underWay.current) return;
    if (willTrain && !character.consentGiven && consent === null) {
      setConsentMissing(true);
      document.getElementById(consentFieldId)?.focus();
      return;
    }
    setDraftRefusal(null);
    complete.forget();
    underWay.current = true;
    setFinishing(true);
    // What is gone is not chosen any more.
    if (chosen.imageIds.length < choice.imageIds.length) change({ imageIds: chosen.imageIds });
    // The start follows the server's draft, so exactly what is seen here must be there first.
    if (willTrain && !(await save())) {
      setDraftRefusal(notSaved);
      underWay.current = false;
      setFinishing(false);
      return;
    }
    const result = await complete.run({
      characterId: character.id,
      agreedCredits: willTrain ? credits : null,
      consent: willTrain ? consent : null,
    });
    if (result?.ok) {
      // Instead of this step, which cannot be gone back to any more.
      router.replace(paths.wizard(character.id, 'done'));
      return;
    }
    underWay.current = false;
    setFinishing(false);
    const refused = result?.refusal;
    if (refused?.code === 'PRICE_CHANGED') {
      setNewPrice({
        of: priceKey(chosen),
        formerCredits: Number(refused.details.expectedCredits ?? credits),
        currentCredits: Number(refused.details.currentCredits ?? credits),
      });
    }
  }

  return (
    <section
      aria-labelledby={stepHeadingId}
      className="rounded-panel border border-line bg-surface px-4 pt-5 pb-4 sm:px-6 sm:pb-6"
    >
      <StepHeading
        lead={
          <>
            A LoRA teaches the image model <bdi>{character.name}</bdi>'s face. With it, new pictures
            keep the likeness in other poses, light and clothes; without it, the face drifts from
            picture to picture. It trains in the background; you can go on meanwhile.
          </>
        }
        aside={<SaveStateText state={kept(saveState, toggle.state)} onRetry={save} />}
      >
        LoRA training
      </StepHeading>
      <div className="flex flex-col gap-6">
        <div className="rounded-control border border-line bg-ground px-4 py-3">
          <TrainingToggle
            name={character.name}
            training={toggle}
            unavailable={whyOff}
            description={
              <>
                <CostBreakdown
                  quote={price.quote}
                  formerCredits={changed?.formerCredits}
                  currentCredits={changed?.currentCredits}
                />{' '}
                · usually{' '}
                {model &&
                  formatTimeRange(
                    model.estimate.fromSeconds * 1_000,
                    model.estimate.toSeconds * 1_000,
                  )}
                . The credits are reserved at the start, charged when it is ready and back when it
                fails.
              </>
            }
          />
          {panel.sandbox && (
            <p className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-1 border-t border-line pt-3 text-small text-ink-2">
              <SandboxMark />
              No GPU is plugged in: a rehearsal runs and makes an empty adapter.
            </p>
          )}
        </div>
        <TrainingFields
          panel={panel}
          choice={chosen}
          goneCount={choice.imageIds.length - chosen.imageIds.length}
          onChange={(part) => {
            complete.forget();
            change(part);
          }}
          price={price}
          likes={likes}
          consent={consent}
          consentMissing={consentMissing}
          onConsent={setConsent}
          saveCaption={verbs.saveCaption}
          consentAsked={willTrain}
          addImagesHref={`${paths.wizard(character.id)}?step=images`}
        />
        {refusal && <RefusalNotice refusal={refusal} />}
        <ActionBar
          summary={
            <SelectionSummary
              count={chosen.imageIds.length}
              price={formatCredits(credits)}
              chosen={{
                images,
                imageIds: chosen.imageIds,
                onSelect: (imageIds) => {
                  complete.forget();
                  change({ imageIds });
                },
              }}
            >
              {willTrain
                ? 'Reserved now, charged only when the model is ready.'
                : 'Nothing is reserved. You can train later in the settings.'}
            </SelectionSummary>
          }
        >
          <Button
            variant="primary"
            pending={finishing}
            onClick={finish}
            unavailable={wordMissingImages(images.length, 'finish')}
          >
            {!willTrain
              ? 'Create without training'
              : changed
                ? `Train for ${formatCredits(credits)}`
                : `Create and train · reserves ${formatCredits(credits)}`}
          </Button>
        </ActionBar>
      </div>
    </section>
  );
}

/** Whether everything chosen in this step is kept. A switch says for itself that it could not be. */
function kept(draft: SaveState, toggle: SaveState): SaveState {
  if (draft === 'failed' || draft === 'saving') return draft;
  if (toggle === 'saving') return toggle;
  return draft === 'saved' || toggle === 'saved' ? 'saved' : 'idle';
}
