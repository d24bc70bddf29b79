'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { formatCount } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { type LikeVerb, useLikes } from '../characters/use-likes';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import type { Verb } from '../verbs/verb-result';
import { firstChoice } from './first-choice';
import { FreeRetry } from './free-retry';
import { StartTraining, type StartTrainingVerb } from './start-training';
import { historyHeadingId, TrainingHistory } from './training-history';
import { TrainingPreferences } from './training-preferences';
import { statusHeadingId, TrainingStatus } from './training-status';
import type { SavePreferencesVerb } from './training-toggle';
import { useFollowedTraining } from './use-followed-training';
import { type SaveDraftVerb, useTrainingChoice } from './use-training-choice';

export interface TrainingVerbs {
  startTraining: StartTrainingVerb;
  cancelTraining: Verb<{ loraModelId: string }>;
  savePreferences: SavePreferencesVerb;
  saveDraft: SaveDraftVerb;
  likeImage: LikeVerb;
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
  const [likesDismissed, setLikesDismissed] = useState(false);
  const freeRetryUntil = current?.status === 'failed' ? current.freeRetryUntil : null;
  const history = current
    ? [current, ...panel.history.filter(({ id }) => id !== current.id)]
    : panel.history;

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
      />

      {panel.newLikedImageCount > 0 && !open && !likesDismissed && (
        <Notice
          title={`${formatCount(panel.newLikedImageCount, 'liked image is', 'liked images are')} not in this model yet.`}
          actions={
            <>
              <Button size="small" onClick={() => focusHeading(pickerHeadingId)}>
                Choose images
              </Button>
              <Button size="small" variant="quiet" onClick={() => setLikesDismissed(true)}>
                Dismiss
              </Button>
            </>
          }
        >
          Train again to teach it from them.
        </Notice>
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
          <p className="text-ink-2">
            <bdi>{character.name}</bdi> is training now. The next training can start when this one
            has ended.
          </p>
        ) : (
          <StartTraining
            panel={{ ...panel, balance }}
            training={training}
            likes={likes}
            startTraining={verbs.startTraining}
            retrain={history.some((past) => past.status === 'ready')}
            secondary={current?.status === 'ready' || freeRetryUntil !== null}
            onStarted={started}
          />
        )}
      </Panel>

      <TrainingPreferences
        characterId={character.id}
        name={character.name}
        enabled={character.loraTrainingEnabled}
        autoStart={character.loraTrainingAutoStart}
        profileSetComplete={character.profileSetComplete}
        imageCount={images.length}
        savePreferences={verbs.savePreferences}
      />

      <TrainingHistory
        characterId={character.id}
        trainings={history}
        images={images}
        openId={openId}
        onOpen={setOpenId}
      />
    </div>
  );
}
