import type { TrainingView } from '@/lib/lora/training-view';
import { ApiTokens } from '../account/api-tokens';
import { DeleteAccount } from '../deletions/delete-account';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import { apiTokens } from './account-states';
import type { StateName } from './catalogue';
import { inboxOf, notificationPage } from './notification-states';
import { panelView } from './panel-view';
import { deskState } from './settings-states';
import type { ShownState } from './shown-state';
import { done, neverAnswers } from './stand-in-verbs';
import { trainingRecord, trainings } from './trainings';

const balance = { totalCredits: 46_000, reservedCredits: 27_000, availableCredits: 19_000 };

/** The settings with the question before a training is cancelled. */
function cancelling(number: number, current: TrainingView, name: string): ShownState {
  return {
    ...deskState(panelView({ number, current, balance, character: { name } })),
    presses: ['Cancel training'],
    awaits: `Cancel ${name}`,
  };
}

export const dialogStates: Record<StateName<'dialogs'>, ShownState> = {
  'cancel-pending': cancelling(900, trainings.pending, 'Mara'),
  'cancel-training': cancelling(
    901,
    trainings['training-with-range'],
    'Alexandrina-Wilhelmina von Hohenstaufen-Castelberg',
  ),
  'cancel-lost-the-race': {
    ...deskState(panelView({ number: 902, current: trainings['training-with-range'], balance })),
    // It asks what became of it: the training it knows has ended since it was opened.
    answers: {
      status: () =>
        document.querySelector('dialog[open]')
          ? {
              current: { ...trainings.ready, id: trainings['training-with-range'].id },
              balance: { totalCredits: 19_000, reservedCredits: 0, availableCredits: 19_000 },
            }
          : { current: trainings['training-with-range'], balance },
      record: trainingRecord(trainings.ready),
    },
    presses: ['Cancel training'],
    awaits: 'It had just finished',
  },
  'withdraw-consent': {
    ...deskState(panelView({ number: 903, current: trainings.ready })),
    presses: ['Withdraw'],
    awaits: 'Withdraw your word',
  },
  'dismiss-all': {
    ...notificationPage(inboxOf(50, 3, 120)),
    presses: ['Dismiss all'],
    awaits: 'Dismiss 120',
  },
  'revoke-token': {
    content: (
      <PageContainer width="reading">
        <PageHeading title="Account" />
        <ApiTokens
          tokens={apiTokens(3)}
          maxTokens={20}
          create={neverAnswers}
          revoke={done}
          about="A token lets a program do what you can do here, until you revoke it."
        />
      </PageContainer>
    ),
    presses: ['Revoke'],
  },
  'delete-influencer': {
    ...deskState(panelView({ number: 904, current: trainings['training-with-range'], balance })),
    presses: ['Delete…'],
    awaits: 'Delete Mara',
  },
  'delete-account': {
    content: (
      <PageContainer width="reading">
        <PageHeading title="Account" />
        <DeleteAccount
          email="mara@example.org"
          holdings={{ influencers: 3, openTrainings: 1, availableCredits: 19_000 }}
          deleteAccount={neverAnswers}
        />
      </PageContainer>
    ),
    presses: ['Delete…'],
    awaits: 'Delete your account',
  },
};
