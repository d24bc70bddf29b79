import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { hasEnded } from '../../lib/lora/rules/lifecycle.ts';
import { CharacterTabs } from '../characters/character-tabs';
import { DeleteInfluencer } from '../deletions/delete-influencer';
import { TrainingDesk, type TrainingVerbs } from '../lora/training-desk';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import type { StateName } from './catalogue';
import { daysMs, idOf, instant } from './facts';
import { panelView, trainableImages } from './panel-view';
import type { ShownState } from './shown-state';
import { does, done, neverAnswers, refuses } from './stand-in-verbs';
import { trainingRecord, trainings, trainingView } from './trainings';

const saved = does({ version: instant(0) });

export const trainingVerbs: TrainingVerbs = {
  startTraining: does(null),
  cancelTraining: done,
  savePreferences: saved,
  saveDraft: saved,
  dismissNewLikes: done,
  withdrawConsent: done,
  likeImage: done,
  saveCaption: done,
  giveFeedback: done,
};

/** The whole settings page of a character. */
export function deskState(
  panel: TrainingPanelView,
  verbs: Partial<TrainingVerbs> = {},
): ShownState {
  const { character, current, balance, history } = panel;
  const recorded = current ?? history.trainings[0];
  return {
    content: (
      <>
        <CharacterTabs characterId={character.id} />
        <PageContainer>
          <PageHeading title={character.name} isName />
          <TrainingDesk panel={panel} verbs={{ ...trainingVerbs, ...verbs }} />
          <DeleteInfluencer
            characterId={character.id}
            name={character.name}
            training={current && !hasEnded(current.status) ? current : null}
            deleteInfluencer={neverAnswers}
          />
        </PageContainer>
      </>
    ),
    balance,
    answers: {
      status: { current, balance },
      record: recorded ? trainingRecord(recorded) : undefined,
    },
  };
}

const whileOpen = {
  balance: { totalCredits: 46_000, reservedCredits: 27_000, availableCredits: 19_000 },
};

const before = trainingView({
  id: idOf('training', 2),
  createdAt: instant(-20 * daysMs),
  completedAt: instant(-20 * daysMs + 2_400_000),
});

const outOfTouch = panelView({
  number: 116,
  current: trainings['training-with-range'],
  ...whileOpen,
});

export const settingsStates: Record<StateName<'settings'>, ShownState> = {
  none: deskState(panelView({ number: 100, character: { consentGiven: false, consent: null } })),
  pending: deskState(panelView({ number: 101, current: trainings.pending, ...whileOpen })),
  'provider-busy': deskState(
    panelView({ number: 130, current: trainings['provider-busy'], ...whileOpen }),
  ),
  'training-without-estimate': deskState(
    panelView({ number: 102, current: trainings['training-without-estimate'], ...whileOpen }),
  ),
  'training-with-range': deskState(
    panelView({
      number: 103,
      current: trainings['training-with-range'],
      trainings: [trainings['training-with-range'], before],
      character: { notifyEmail: true },
      ...whileOpen,
    }),
  ),
  'past-the-usual-time': deskState(
    panelView({ number: 104, current: trainings['past-the-usual-time'], ...whileOpen }),
  ),
  stopping: deskState(panelView({ number: 105, current: trainings.stopping, ...whileOpen })),
  ready: deskState(panelView({ number: 106, current: trainings.ready })),
  'ready-sandbox': deskState(
    panelView({ number: 107, current: trainings['ready-sandbox'], sandbox: true }),
  ),
  'ready-two-files': deskState(panelView({ number: 108, current: trainings['ready-two-files'] })),
  'failed-free-retry': deskState(
    panelView({
      number: 109,
      current: trainings['failed-free-retry'],
      freeRetry: {
        baseModel: 'z-image-turbo',
        maxImages: 12,
        expiresAt: instant(29 * daysMs),
      },
    }),
  ),
  'failed-input': deskState(panelView({ number: 110, current: trainings['failed-input'] })),
  cancelled: deskState(
    panelView({
      number: 111,
      current: trainings.cancelled,
      trainings: [trainings.cancelled, before],
    }),
  ),
  expired: deskState(panelView({ number: 112, current: trainings.expired })),
  'new-likes': deskState(
    panelView({
      number: 113,
      current: trainings.ready,
      newLikedImageIds: [14, 17].map((number) => idOf('image', number)),
    }),
  ),
  'rolled-back': {
    ...deskState(panelView({ number: 114, current: trainings.ready }), {
      savePreferences: refuses('TOO_MANY_REQUESTS', { retryAfterSeconds: 60 }),
    }),
    presses: ['When half of a training is done'],
    awaits: "Couldn't save.",
  },
  'out-of-touch': {
    ...deskState(outOfTouch),
    answers: { record: trainingRecord(trainings['training-with-range']) },
    awaits: 'cannot be reached right now',
  },
  'right-to-left-name': deskState(
    panelView({
      number: 117,
      character: { name: 'נועה בת־שבע אלמגור' },
      current: trainings.ready,
      images: trainableImages(12),
      chosen: 12,
    }),
  ),
};
