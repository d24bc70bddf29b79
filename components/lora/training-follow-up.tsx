'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { paths } from '@/lib/paths';
import { StepHeading, stepHeadingId } from '../characters/step-heading';
import { LinkButton } from '../ui/link-button';
import { Notice } from '../ui/notice';
import { Spinner } from '../ui/spinner';
import type { Verb } from '../verbs/verb-result';
import { stateOf } from './training-states';
import { TrainingStatus } from './training-status';
import { useFollowedTraining } from './use-followed-training';

interface TrainingFollowUpProps {
  panel: TrainingPanelView;
  /** The profile set was completed with training on, and only just. */
  expected: boolean;
  cancelTraining: Verb<{ loraModelId: string }>;
}

/** A start that was asked for is there within a second or two; after this it will not come. */
const startWithinMs = 20_000;

/** Last step of the wizard: it is made; its training goes on by itself, seen from here. */
export function TrainingFollowUp({ panel, expected, cancelTraining }: TrainingFollowUpProps) {
  const { character } = panel;
  const router = useRouter();
  const [patient, setPatient] = useState(expected);
  const { current, open, estimate, trouble, heading } = useFollowedTraining(panel, patient);

  useEffect(() => {
    // The step before led here without asking anew for the balance in the header.
    router.refresh();
    const timer = setTimeout(() => setPatient(false), startWithinMs);
    return () => clearTimeout(timer);
  }, [router]);

  const awaited = !current && character.loraTrainingEnabled;
  return (
    <div className="flex flex-col gap-6">
      <section
        aria-labelledby={stepHeadingId}
        className="rounded-panel border border-line bg-surface px-4 py-5 sm:px-6"
      >
        <StepHeading
          lead={
            open
              ? "Training has started. You can close this page; we'll notify you."
              : current || character.loraTrainingEnabled
                ? undefined
                : 'Made without training. You can train whenever you like, in the settings.'
          }
        >
          <bdi>{character.name}</bdi> is created
        </StepHeading>
        {awaited && (
          <div role="status" className="mb-4">
            {patient ? (
              <p className="flex items-center gap-2 text-ink-2">
                <Spinner /> Starting the training…
              </p>
            ) : (
              <Notice tone="warn" title="Training has not started. Nothing was reserved.">
                Your notifications say why. You can start it in the settings.
              </Notice>
            )}
          </div>
        )}
        <div className="flex flex-wrap gap-3">
          <LinkButton
            href={paths.settings(character.id)}
            variant={stateOf(current) === 'ready' ? 'secondary' : 'primary'}
          >
            {current || (awaited && patient) ? 'Go to the settings' : 'Train in the settings'}
          </LinkButton>
          <LinkButton href={paths.studio(character.id)}>Open studio</LinkButton>
          <LinkButton href={paths.influencers()}>All influencers</LinkButton>
        </div>
      </section>
      {current && (
        <TrainingStatus
          characterId={character.id}
          name={character.name}
          training={current}
          estimate={estimate}
          sandbox={panel.sandbox}
          lastReady={panel.lastReady}
          trouble={trouble}
          cancelTraining={cancelTraining}
          returnFocus={heading}
          record={panel.record}
        />
      )}
    </div>
  );
}
