'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
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
import { CostBreakdown } from './cost-breakdown';
import { firstChoice } from './first-choice';
import { priceOf } from './price-of';
import { SaveStateText } from './save-state';
import { SelectionSummary } from './selection-summary';
import { wordMissingImages } from './selection-words';
import { MissingCredits } from './start-training';
import { consentFieldId, TrainingFields } from './training-fields';
import { type SavePreferencesVerb, TrainingToggle } from './training-toggle';
import { type Choice, type SaveDraftVerb, useTrainingChoice } from './use-training-choice';

export interface TrainingStepVerbs {
  completeProfileSet: Verb<
    { characterId: string; agreedCredits: number | null; consent: ConsentKind | null },
    unknown
  >;
  savePreferences: SavePreferencesVerb;
  saveDraft: SaveDraftVerb;
  likeImage: LikeVerb;
}

const notSaved: Refusal = {
  code: 'INTERNAL',
  sentence: 'Your selection could not be saved, so nothing was started.',
  wayOut: 'Try again',
  details: {},
};

/**
 * Second step of the wizard: whether to train, with what, for how much. The button that finishes the
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
  const [enabled, setEnabled] = useState(
    character.loraTrainingEnabled && character.loraTrainingAutoStart,
  );
  const [consent, setConsent] = useState<ConsentKind | null>(null);
  const [consentMissing, setConsentMissing] = useState(false);
  const [draftRefusal, setDraftRefusal] = useState<Refusal | null>(null);
  const [finishing, setFinishing] = useState(false);

  const known = new Set(images.map(({ id }) => id));
  const chosen: Choice = { ...choice, imageIds: choice.imageIds.filter((id) => known.has(id)) };
  const price = priceOf(chosen, null);
  const model = models.find(({ id }) => id === chosen.baseModel);
  const missingCredits = price.totalCredits - balance.availableCredits;
  const here = `${paths.wizard(character.id)}?step=training`;
  const whyOff =
    wordMissingImages(chosen.imageIds.length) ??
    (missingCredits > 0 ? <MissingCredits missing={missingCredits} back={here} /> : null);
  const willTrain = enabled && whyOff === null;
  const refusal = draftRefusal ?? complete.refusal;

  async function finish() {
    if (willTrain && !character.consentGiven && consent === null) {
      setConsentMissing(true);
      document.getElementById(consentFieldId)?.focus();
      return;
    }
    setDraftRefusal(null);
    setFinishing(true);
    // The start follows the server's draft, so exactly what is seen here must be there first.
    if (willTrain && !(await save())) {
      setDraftRefusal(notSaved);
      setFinishing(false);
      return;
    }
    const result = await complete.run({
      characterId: character.id,
      agreedCredits: willTrain ? price.totalCredits : null,
      consent: willTrain ? consent : null,
    });
    if (result?.ok) router.push(`${paths.wizard(character.id)}?step=done`);
    else setFinishing(false);
  }

  return (
    <section
      aria-labelledby={stepHeadingId}
      className="rounded-panel border border-line bg-surface px-4 pt-5 pb-4 sm:px-6 sm:pb-6"
    >
      <StepHeading
        lead={
          <>
            A LoRA teaches the image model <bdi>{character.name}</bdi>'s face, so that new pictures
            keep the likeness. It trains in the background; you can go on meanwhile.
          </>
        }
      >
        LoRA training
      </StepHeading>
      <div className="flex flex-col gap-6">
        <div className="rounded-control border border-line bg-ground px-4 py-3">
          <TrainingToggle
            characterId={character.id}
            name={character.name}
            enabled={enabled}
            onEnabledChange={setEnabled}
            savePreferences={verbs.savePreferences}
            unavailable={whyOff}
            description={
              <>
                <CostBreakdown quote={price.quote} /> · usually{' '}
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
          onChange={change}
          price={price}
          likes={likes}
          consent={consent}
          consentMissing={consentMissing}
          onConsent={setConsent}
          consentAsked={willTrain}
          addImagesHref={`${paths.wizard(character.id)}?step=images`}
        />
        {refusal && <RefusalNotice refusal={refusal} />}
        <ActionBar
          summary={
            <SelectionSummary
              count={chosen.imageIds.length}
              price={formatCredits(price.totalCredits)}
            >
              {willTrain
                ? 'Reserved now, charged only when the model is ready.'
                : 'Nothing is reserved. You can train later in the settings.'}{' '}
              <SaveStateText state={saveState} onRetry={save} />
            </SelectionSummary>
          }
        >
          <Button
            variant="primary"
            pending={finishing}
            onClick={finish}
            unavailable={wordMissingImages(images.length)}
          >
            {willTrain
              ? `Create and train · reserves ${formatCredits(price.totalCredits)}`
              : 'Create without training'}
          </Button>
        </ActionBar>
      </div>
    </section>
  );
}
