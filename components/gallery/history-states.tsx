'use client';

import { useState } from 'react';
import type { TrainingHistoryView } from '@/lib/lora/get-training-history';
import { baseModelIds } from '@/lib/lora/rules/base-models';
import { type FailureReason, failureReasons } from '@/lib/lora/rules/lifecycle';
import type { TrainingView } from '@/lib/lora/training-view';
import { TrainingHistory } from '../lora/training-history';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import type { StateName } from './catalogue';
import { daysMs, idOf, instant, minutesMs } from './facts';
import type { ShownState } from './shown-state';
import { done } from './stand-in-verbs';
import { failedTraining, trainingRecord, trainings, trainingView } from './trainings';

/** The history panel alone; `opened` is the line that is open at first. */
function HistoryStage({
  history,
  opened,
}: {
  history: TrainingHistoryView;
  opened: string | null;
}) {
  const [openId, setOpenId] = useState(opened);
  return (
    <PageContainer>
      <PageHeading title="Mara" isName />
      <TrainingHistory
        characterId={idOf('character', 200)}
        name="Mara"
        history={history}
        current={null}
        openId={openId}
        onOpen={setOpenId}
        giveFeedback={done}
      />
    </PageContainer>
  );
}

function historyOf(shown: TrainingView[], { pageCount = 1 } = {}): TrainingHistoryView {
  const total = pageCount > 1 ? (pageCount - 1) * 20 + 3 : shown.length;
  return { trainings: shown, page: 1, pageCount, total };
}

const reasons = Object.keys(failureReasons) as FailureReason[];
const endings = [
  trainings.ready,
  trainings['failed-free-retry'],
  trainings.cancelled,
  trainings.expired,
  trainings['ready-sandbox'],
];

/** Twenty of them: every ending, every base model, every amount of money. */
const twenty = Array.from({ length: 20 }, (_, at): TrainingView => {
  const createdAt = -at * 3.3 * daysMs;
  const failed = failedTraining(reasons[at % reasons.length] ?? 'INTERNAL');
  const ending = at % 4 === 1 ? failed : (endings[at % endings.length] ?? trainings.ready);
  const { costCredits, baseModel } = trainingView({
    baseModel: baseModelIds[at % baseModelIds.length],
    costCredits: 20_000 + at * 1_000,
  });
  return {
    ...ending,
    id: idOf('training', 50 + at),
    baseModel,
    baseModelLabel: trainingView({ baseModel }).baseModelLabel,
    costCredits,
    createdAt: instant(createdAt),
    completedAt: instant(createdAt + 40 * minutesMs),
  };
});

function opened(training: TrainingView): ShownState {
  return {
    content: <HistoryStage history={historyOf([training])} opened={training.id} />,
    answers: { record: trainingRecord(training) },
    awaits: 'Trigger word',
  };
}

export const historyStates: Record<StateName<'history'>, ShownState> = {
  empty: { content: <HistoryStage history={historyOf([])} opened={null} /> },
  one: { content: <HistoryStage history={historyOf([trainings.ready])} opened={null} /> },
  twenty: {
    content: <HistoryStage history={historyOf(twenty, { pageCount: 3 })} opened={null} />,
  },
  'row-open': opened(trainings.ready),
  'row-failed': opened(trainings['failed-free-retry']),
  'details-unavailable': {
    content: <HistoryStage history={historyOf([trainings.ready])} opened={trainings.ready.id} />,
    awaits: "We can't show the rest right now",
  },
};
