import { type ErrorCode, errorStatus } from '@/lib/errors';
import { type FailureReason, failureReasons } from '@/lib/lora/rules/lifecycle';
import { CharacterList } from '../characters/character-list';
import { TrainingDetails } from '../lora/training-details';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import { RefusalNotice } from '../verbs/refusal-notice';
import type { PageState, StateName } from './catalogue';
import { drawnId, idOf } from './facts';
import type { ShownState } from './shown-state';
import { done, refusalOf } from './stand-in-verbs';
import { failedTraining, trainingRecord } from './trainings';

const characters = [
  {
    id: idOf('character', 1_200),
    name: 'Mara',
    coverImageIds: [1, 2, 3, 4].map(drawnId),
    imageCount: 18,
    newLikedImageCount: 0,
    profileSetComplete: true,
    training: null,
  },
];

const anyPage = (
  <PageContainer width="gallery">
    <PageHeading title="Influencers" />
    <CharacterList characters={characters} sandbox={false} />
  </PageContainer>
);

/** What the sentences with figures in them are told. */
const figures = {
  missing: 2,
  over: 1,
  currentCredits: 24_000,
  retryAfterSeconds: 120,
  bytes: 31_000_000,
  ofNumber: 12,
  unusedDays: 180,
  inTheWorks: 8,
  most: 8,
  maxTokens: 20,
  limitCredits: 1_000_000,
  errorId: '3141592653',
  method: 'PATCH',
};

const codes = Object.keys(errorStatus) as ErrorCode[];
const reasons = Object.keys(failureReasons) as FailureReason[];

/** It failed before its first step, so that all of them fit on a page. */
function brief(reason: FailureReason) {
  return { ...failedTraining(reason), id: idOf('training', reasons.indexOf(reason) + 1), step: 0 };
}

export const systemStates: Record<Exclude<StateName<'system'>, PageState>, ShownState> = {
  offline: { content: anyPage, offline: true, awaits: 'offline' },
  'every-refusal': {
    content: (
      <PageContainer width="reading">
        <PageHeading title="Every refusal" />
        <ul className="flex flex-col gap-6">
          {codes.map((code) => (
            <li key={code}>
              <h2 className="mb-1 font-mono text-small text-ink-2">{code}</h2>
              <RefusalNotice refusal={refusalOf(code, figures)} />
            </li>
          ))}
        </ul>
      </PageContainer>
    ),
  },
  'every-failure': {
    content: (
      <PageContainer>
        <PageHeading title="Every failure of a training" />
        <ul className="flex flex-col gap-6">
          {reasons.map((reason) => (
            <li key={reason}>
              <h2 className="mb-1 font-mono text-small text-ink-2">{reason}</h2>
              <TrainingDetails
                characterId={idOf('character', 1_201)}
                name="Mara"
                training={brief(reason)}
                giveFeedback={done}
              />
            </li>
          ))}
        </ul>
      </PageContainer>
    ),
    answers: { record: trainingRecord(brief('INTERNAL')) },
    awaits: 'Trigger word',
  },
};
