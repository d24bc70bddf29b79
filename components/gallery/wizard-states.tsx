import type { ReactNode } from 'react';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { paths } from '@/lib/paths';
import { CharacterTabs } from '../characters/character-tabs';
import { NameStep } from '../characters/name-step';
import { type WizardStepId, WizardSteps } from '../characters/wizard-steps';
import { TrainingFollowUp } from '../lora/training-follow-up';
import { TrainingStep, type TrainingStepVerbs } from '../lora/training-step';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import type { StateName } from './catalogue';
import { idOf, instant } from './facts';
import { panelView, trainableImages } from './panel-view';
import type { ShownState } from './shown-state';
import { does, done, refuses } from './stand-in-verbs';
import { trainingRecord, trainings } from './trainings';

const order: readonly WizardStepId[] = ['name', 'images', 'training', 'done'];

/** A step of the wizard in its page. */
export function WizardPage({
  characterId,
  step,
  children,
}: {
  characterId: string;
  step: WizardStepId;
  children: ReactNode;
}) {
  const finished = step === 'done';
  return (
    <>
      <CharacterTabs characterId={characterId} />
      <PageContainer width={step === 'images' ? 'gallery' : 'panel'}>
        <PageHeading title="Mara" isName />
        <WizardSteps
          present={step}
          reachable={['name', 'images', finished ? 'done' : 'training']}
          done={finished ? order : order.slice(0, order.indexOf(step))}
          href={(to) => paths.wizard(characterId, to)}
        />
        {children}
      </PageContainer>
    </>
  );
}

const saved = does({ version: instant(0) });
const stepVerbs: TrainingStepVerbs = {
  completeProfileSet: does(null),
  savePreferences: saved,
  saveDraft: saved,
  likeImage: done,
  saveCaption: done,
};

function trainingStep(
  facts: Parameters<typeof panelView>[0],
  verbs: Partial<TrainingStepVerbs> = {},
): ShownState {
  const { character, ...rest } = facts;
  const panel = panelView({ character: { profileSetComplete: false, ...character }, ...rest });
  return {
    content: (
      <WizardPage characterId={panel.character.id} step="training">
        <TrainingStep panel={panel} verbs={{ ...stepVerbs, ...verbs }} />
      </WizardPage>
    ),
    balance: panel.balance,
  };
}

function followUp(panel: TrainingPanelView, expected = false): ShownState {
  const { character, current, balance } = panel;
  return {
    content: (
      <WizardPage characterId={character.id} step="done">
        <TrainingFollowUp panel={panel} expected={expected} cancelTraining={done} />
      </WizardPage>
    ),
    balance,
    answers: {
      status: { current, balance },
      record: current ? trainingRecord(current) : undefined,
    },
  };
}

const unasked = { consentGiven: false, consent: null };
const untrained = { loraTrainingEnabled: false, loraTrainingAutoStart: false };
const poor = { totalCredits: 23_000, reservedCredits: 0, availableCredits: 23_000 };
const seven = { images: trainableImages(7), chosen: 7 };

export const wizardStates: Record<StateName<'wizard'>, ShownState> = {
  'name-and-look': {
    content: (
      <WizardPage characterId={idOf('character', 300)} step="name">
        <NameStep
          characterId={idOf('character', 300)}
          name="Mara"
          look="Woman in her thirties, short dark hair, freckles"
          saveCharacter={done}
          nextHref={paths.wizard(idOf('character', 300), 'images')}
        />
      </WizardPage>
    ),
  },
  on: trainingStep({ number: 301, ...seven, character: unasked }),
  off: trainingStep({ number: 302, ...seven, character: { ...unasked, ...untrained } }),
  'short-of-credits': trainingStep({ number: 303, balance: poor, character: unasked }),
  'too-few-images': trainingStep({
    number: 304,
    images: trainableImages(3),
    chosen: 3,
    character: { ...unasked, ...untrained },
  }),
  'price-changed': {
    ...trainingStep(
      { number: 305, ...seven },
      {
        completeProfileSet: refuses('PRICE_CHANGED', {
          expectedCredits: 22_000,
          currentCredits: 24_000,
        }),
      },
    ),
    presses: ['Create and train'],
    awaits: 'The price is now',
  },
  'consent-missing': {
    ...trainingStep({ number: 306, ...seven, character: unasked }),
    presses: ['Create and train'],
    awaits: 'Choose one to go on.',
  },
  sandbox: trainingStep({ number: 307, ...seven, sandbox: true, character: unasked }),
  started: followUp(
    panelView({
      number: 308,
      current: trainings.pending,
      balance: { totalCredits: 46_000, reservedCredits: 27_000, availableCredits: 19_000 },
    }),
  ),
  starting: followUp(panelView({ number: 309 }), true),
  'not-started': followUp(panelView({ number: 310 })),
  'without-training': followUp(panelView({ number: 311, character: untrained })),
};
