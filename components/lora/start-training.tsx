'use client';

import { Heart } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { formatCount, formatCredits } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import type { BaseModelId } from '@/lib/lora/rules/base-models';
import type { ConsentKind } from '@/lib/lora/rules/schemas';
import { paths } from '@/lib/paths';
import type { useLikes } from '../characters/use-likes';
import { Button } from '../ui/button';
import { Link } from '../ui/link';
import { newRequestId } from '../verbs/new-request-id';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { ActionBar } from './action-bar';
import type { Choice } from './choice';
import { CostBreakdown } from './cost-breakdown';
import type { SaveCaptionVerb } from './image-preview';
import { MissingCredits } from './missing-credits';
import { type NewPrice, priceKey, priceOf } from './price-of';
import { SaveStateText } from './save-state';
import { SelectionSummary } from './selection-summary';
import { wordMissingImages } from './selection-words';
import { consentFieldId, TrainingFields } from './training-fields';
import type { useTrainingChoice } from './use-training-choice';

export type StartTrainingVerb = Verb<
  {
    characterId: string;
    baseModel: BaseModelId;
    imageIds: string[];
    expectedCredits: number;
    requestId: string;
    consent: ConsentKind | null;
  },
  unknown
>;

interface StartTrainingProps {
  panel: TrainingPanelView;
  training: ReturnType<typeof useTrainingChoice>;
  likes: ReturnType<typeof useLikes>;
  startTraining: StartTrainingVerb;
  saveCaption: SaveCaptionVerb;
  /** There is a model already: it is trained again. */
  retrain: boolean;
  /** Liked images that the model has yet to learn. */
  newLikeCount: number;
  /** Another control on the page is the main one now. */
  secondary: boolean;
  onStarted: () => void;
}

/**
 * The form that starts a training. Money is never optimistic: it says "started" when the server
 * has. The request id is made once and kept until it succeeds, so a second press and a repeat after
 * a lost answer are the same training.
 */
export function StartTraining({
  panel,
  training,
  likes,
  startTraining,
  saveCaption,
  retrain,
  newLikeCount,
  secondary,
  onStarted,
}: StartTrainingProps) {
  const { character, images, balance, freeRetry } = panel;
  const { choice, change, save, settle, saveState } = training;
  const [requestId, setRequestId] = useState(newRequestId);
  const [consent, setConsent] = useState<ConsentKind | null>(null);
  const [consentMissing, setConsentMissing] = useState(false);
  const [newPrice, setNewPrice] = useState<NewPrice | null>(null);
  const { run, pending, refusal, forget } = useVerb(startTraining);

  const goneRefused = refusal?.code === 'IMAGE_NOT_AVAILABLE';
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the images were read anew
  useEffect(() => {
    if (goneRefused) forget();
  }, [images]);

  const known = new Set(images.map(({ id }) => id));
  const chosen: Choice = { ...choice, imageIds: choice.imageIds.filter((id) => known.has(id)) };
  const price = priceOf(chosen, freeRetry);
  const changed = newPrice?.of === priceKey(chosen) ? newPrice : null;
  const credits = changed ? changed.currentCredits : price.totalCredits;
  const priceWords = credits === 0 ? 'free' : formatCredits(credits);

  async function start() {
    if (!character.consentGiven && consent === null) {
      setConsentMissing(true);
      document.getElementById(consentFieldId)?.focus();
      return;
    }
    const result = await run({
      characterId: character.id,
      ...chosen,
      expectedCredits: credits,
      requestId,
      consent,
    });
    if (result?.ok) {
      setRequestId(newRequestId());
      settle();
      onStarted();
      return;
    }
    if (result?.refusal.code === 'PRICE_CHANGED') {
      setNewPrice({
        of: priceKey(chosen),
        formerCredits: Number(result.refusal.details.expectedCredits ?? credits),
        currentCredits: Number(result.refusal.details.currentCredits ?? credits),
      });
    }
  }

  return (
    <div className="flex flex-col gap-6">
      <TrainingFields
        panel={panel}
        choice={chosen}
        goneCount={choice.imageIds.length - chosen.imageIds.length}
        onChange={(part) => {
          forget();
          change(part);
        }}
        price={price}
        likes={likes}
        consent={consent}
        consentMissing={consentMissing}
        onConsent={setConsent}
        saveCaption={saveCaption}
        addImagesHref={paths.wizard(character.id, 'images')}
      />
      {retrain && isAsTaught(chosen, panel.lastReady) && (
        <p className="text-small text-ink-2">
          The model was trained with exactly these images. Training again would gain little.
        </p>
      )}
      {refusal && refusal.code !== 'CONSENT_NEEDED' && <RefusalNotice refusal={refusal} />}
      <ActionBar
        summary={
          <SelectionSummary
            count={chosen.imageIds.length}
            price={priceWords}
            chosen={{
              images,
              imageIds: chosen.imageIds,
              onSelect: (imageIds) => {
                forget();
                change({ imageIds });
              },
            }}
          >
            <CostBreakdown
              quote={price.quote}
              free={price.free && !changed}
              formerCredits={changed?.formerCredits}
              currentCredits={changed?.currentCredits}
            />{' '}
            <SaveStateText state={saveState} onRetry={save} />
          </SelectionSummary>
        }
      >
        {retrain && newLikeCount > 0 && (
          <p className="flex items-center gap-1.5 text-small text-ink-2">
            <Heart className="size-4 text-heart" aria-hidden="true" />
            {formatCount(newLikeCount, 'new liked image')}
          </p>
        )}
        <Button
          variant={secondary ? 'secondary' : 'primary'}
          pending={pending}
          onClick={start}
          unavailable={whyNot({
            imageCount: chosen.imageIds.length,
            profileSetComplete: character.profileSetComplete,
            missingCredits: credits - balance.availableCredits,
            characterId: character.id,
          })}
        >
          {changed
            ? `Train for ${priceWords}`
            : credits === 0
              ? 'Start training · free'
              : retrain
                ? `Retrain · reserves ${priceWords}`
                : `Start training · reserves ${priceWords}`}
        </Button>
      </ActionBar>
    </div>
  );
}

/** Whether the model has nothing to learn from such a training. */
function isAsTaught(chosen: Choice, model: TrainingPanelView['lastReady']): boolean {
  if (!model || model.expired || model.baseModel !== chosen.baseModel) return false;
  const taught = new Set(model.imageIds);
  return chosen.imageIds.length === taught.size && chosen.imageIds.every((id) => taught.has(id));
}

function whyNot(facts: {
  imageCount: number;
  profileSetComplete: boolean;
  missingCredits: number;
  characterId: string;
}): ReactNode {
  const { imageCount, profileSetComplete, missingCredits, characterId } = facts;
  if (!profileSetComplete) {
    return (
      <>
        The profile set comes first.{' '}
        <Link href={paths.wizard(characterId)} className="text-link">
          Finish the profile set
        </Link>
      </>
    );
  }
  const missingImages = wordMissingImages(imageCount);
  if (missingImages) return missingImages;
  if (missingCredits > 0) {
    return <MissingCredits missing={missingCredits} back={paths.settings(characterId)} />;
  }
  return null;
}
