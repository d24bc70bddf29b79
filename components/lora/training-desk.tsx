'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { formatCredits } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { countProblem } from '@/lib/lora/rules/selection';
import { type LikeVerb, useLikes } from '../characters/use-likes';
import { Panel } from '../ui/panel';
import type { Verb } from '../verbs/verb-result';
import { firstChoice } from './first-choice';
import { FreeRetry } from './free-retry';
import type { SaveCaptionVerb } from './image-preview';
import { NewLikesBanner } from './new-likes-banner';
import { withPickerFilter } from './picker-filters';
import { priceOf } from './price-of';
import { StartTraining, type StartTrainingVerb } from './start-training';
import type { GiveFeedbackVerb } from './training-feedback';
import { historyHeadingId, TrainingHistory } from './training-history';
import { TrainingPreferences } from './training-preferences';
import { stateOf } from './training-states';
import { statusHeadingId, TrainingStatus } from './training-status';
import { useFollowedTraining } from './use-followed-training';
import { useFreshPage } from './use-fresh-page';
import { useNewLikes } from './use-new-likes';
import type { SavePreferencesVerb } from './use-preference';
import { type SaveDraftVerb, useTrainingChoice } from './use-training-choice';
import type { WithdrawConsentVerb } from './withdraw-dialog';

export interface TrainingVerbs {
  startTraining: StartTrainingVerb;
  cancelTraining: Verb<{ loraModelId: string }>;
  savePreferences: SavePreferencesVerb;
  saveDraft: SaveDraftVerb;
  dismissNewLikes: Verb<{ characterId: string }>;
  withdrawConsent: WithdrawConsentVerb;
  likeImage: LikeVerb;
  saveCaption: SaveCaptionVerb;
  giveFeedback: GiveFeedbackVerb;
}

const pickerHeadingId = 'next-training';

/** Everything about a character's training in one place: state, pictures, preferences, history. */
export function TrainingDesk({ panel, verbs }: { panel: TrainingPanelView; verbs: TrainingVerbs }) {
  const router = useRouter();
  const { character, images } = panel;
  const { current, balance, open, estimate, trouble, refetch, heading } = useFollowedTraining(
    panel,
    false,
  );
  const training = useTrainingChoice(character.id, firstChoice(panel), verbs.saveDraft);
  const likes = useLikes(verbs.likeImage);
  const [openId, setOpenId] = useState<string | null>(null);
  const news = useNewLikes(panel, likes.isLiked, verbs.dismissNewLikes);
  useFreshPage();
  const freeRetryUntil = current?.status === 'failed' ? current.freeRetryUntil : null;
  // The page is read again when a training ends; until then what was followed here knows it.
  const ready = stateOf(current) === 'ready';
  const hasModel = (panel.lastReady !== null && !panel.lastReady.expired) || ready;
  const price = priceOf(training.choice, panel.freeRetry);

  function focusHeading(id: string) {
    const element = document.getElementById(id);
    (element?.closest('section') ?? element)?.scrollIntoView({ block: 'start' });
    element?.focus({ preventScroll: true });
  }

  async function started() {
    focusHeading(statusHeadingId);
    await refetch();
    router.refresh();
  }

  return (
    <div className="flex flex-col gap-6">
      <TrainingStatus
        characterId={character.id}
        name={character.name}
        training={current}
        estimate={estimate}
        sandbox={panel.sandbox}
        trouble={trouble}
        cancelTraining={verbs.cancelTraining}
        lastReady={panel.lastReady}
        retrain={{
          price: countProblem(training.choice.imageIds.length)
            ? null
            : price.free
              ? 'free'
              : formatCredits(price.totalCredits),
          newLikeCount: news.count,
        }}
        freeRetry={
          current &&
          freeRetryUntil && (
            <FreeRetry
              key={current.id}
              characterId={character.id}
              failed={current}
              images={images}
              startTraining={verbs.startTraining}
              onStarted={started}
            />
          )
        }
        onChooseImages={open ? undefined : () => focusHeading(pickerHeadingId)}
        onShowHistory={(id) => {
          setOpenId(id);
          // Once the line is open, so that as much of it as fits is seen.
          requestAnimationFrame(() => focusHeading(historyHeadingId));
        }}
        returnFocus={heading}
        record={panel.record}
        emailed={character.notifyEmail && panel.mailConfigured}
        giveFeedback={verbs.giveFeedback}
      />

      {news.count > 0 && !open && (
        <NewLikesBanner
          count={news.count}
          onChooseImages={() => {
            const { pathname, search } = location;
            history.replaceState(null, '', `${pathname}${withPickerFilter(search, 'new')}`);
            focusHeading(pickerHeadingId);
          }}
          onDismiss={() => {
            // The line goes; what comes after it takes the focus.
            document.getElementById(pickerHeadingId)?.focus({ preventScroll: true });
            void news.dismiss();
          }}
          failed={news.refusal !== null}
        />
      )}

      <Panel
        title="Images for the next training"
        headingId={pickerHeadingId}
        description={
          open
            ? undefined
            : 'The selected images teach the model the face. Different angles, light and expressions help most.'
        }
      >
        {open ? (
          <p className="text-ink-2">The next training can start when the present one has ended.</p>
        ) : (
          <StartTraining
            panel={{ ...panel, balance }}
            training={training}
            likes={likes}
            startTraining={verbs.startTraining}
            saveCaption={verbs.saveCaption}
            retrain={hasModel}
            newLikeCount={news.count}
            secondary={ready || freeRetryUntil !== null}
            onStarted={started}
          />
        )}
      </Panel>

      <TrainingPreferences
        character={character}
        imageCount={images.length}
        mailConfigured={panel.mailConfigured}
        open={open}
        savePreferences={verbs.savePreferences}
        withdrawConsent={verbs.withdrawConsent}
      />

      <TrainingHistory
        characterId={character.id}
        name={character.name}
        history={panel.history}
        current={current}
        openId={openId}
        onOpen={setOpenId}
        giveFeedback={verbs.giveFeedback}
      />
    </div>
  );
}
