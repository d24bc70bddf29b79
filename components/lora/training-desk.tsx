'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import { formatCount, formatPercent } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { hasEnded } from '@/lib/lora/rules/lifecycle';
import { preselect } from '@/lib/lora/rules/selection';
import { type LikeVerb, useLikes } from '../characters/use-likes';
import { Button } from '../ui/button';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import type { Verb } from '../verbs/verb-result';
import { FreeRetry } from './free-retry';
import { StartTraining, type StartTrainingVerb } from './start-training';
import { historyHeadingId, TrainingHistory } from './training-history';
import { phaseOf } from './training-phase';
import { TrainingPreferences } from './training-preferences';
import { statusHeadingId, TrainingStatus } from './training-status';
import type { SavePreferencesVerb } from './training-toggle';
import { type Choice, type SaveDraftVerb, useTrainingChoice } from './use-training-choice';
import { useTrainingStatus } from './use-training-status';

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
  const status = useTrainingStatus({
    characterId: character.id,
    initial: { current: panel.current, balance: panel.balance },
    expected: false,
    sandbox: panel.sandbox,
  });
  const { current, balance } = status.data;
  const training = useTrainingChoice(character.id, firstChoice(panel), verbs.saveDraft);
  const likes = useLikes(verbs.likeImage);
  const [openId, setOpenId] = useState<string | null>(null);
  const [likesDismissed, setLikesDismissed] = useState(false);
  const statusHeading = useRef<HTMLElement>(null);

  const open = current !== null && !hasEnded(current.status);
  const freeRetryUntil = current?.status === 'failed' ? current.freeRetryUntil : null;
  const model = panel.models.find(({ id }) => id === current?.baseModel);
  const history = current
    ? [current, ...panel.history.filter(({ id }) => id !== current.id)]
    : panel.history;

  useRefreshOnChange(`${current?.id}:${current?.status}`);
  useTitle(
    current && open && phaseOf(current) === 'training'
      ? `${formatPercent(current.step / current.totalSteps)} · ${character.name}`
      : null,
  );
  useEffect(() => {
    statusHeading.current = document.getElementById(statusHeadingId);
  }, []);

  function focusHeading(id: string) {
    const heading = document.getElementById(id);
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus({ preventScroll: true });
  }

  async function started() {
    focusHeading(statusHeadingId);
    await status.refetch();
    router.refresh();
  }

  return (
    <div className="flex flex-col gap-6">
      <TrainingStatus
        characterId={character.id}
        name={character.name}
        training={current}
        estimate={model?.estimate ?? null}
        sandbox={panel.sandbox}
        lastKnownAt={status.isError ? new Date(status.dataUpdatedAt) : null}
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
          focusHeading(historyHeadingId);
        }}
        returnFocus={statusHeading}
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

/**
 * The draft as the server has it. After a failure with a free retry, and as long as the creator has
 * chosen nothing else, the failed training's own images.
 */
export function firstChoice(panel: TrainingPanelView): Choice {
  const { selection, images, current, models } = panel;
  const trainable = models.some(
    ({ id, licenceMissing }) => id === selection.baseModel && !licenceMissing,
  );
  const baseModel = trainable ? selection.baseModel : 'z-image-turbo';
  const untouched = preselect(images).join() === selection.imageIds.join();
  if (!untouched || current?.status !== 'failed' || !current.freeRetryUntil) {
    return { baseModel, imageIds: selection.imageIds };
  }
  const known = new Set(images.map(({ id }) => id));
  return {
    baseModel: current.baseModel,
    imageIds: current.imageIds.filter((id) => known.has(id)),
  };
}

/** The page's other parts (balance, history, prices) follow when the training moves on. */
function useRefreshOnChange(key: string) {
  const router = useRouter();
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    router.refresh();
  }, [key, router]);
}

/** The tab's title while there is something to say: "41 % · Mara". */
function useTitle(title: string | null) {
  useEffect(() => {
    if (title === null) return;
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
}
