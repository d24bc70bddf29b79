'use client';

import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useEffect, useState } from 'react';
import { formatCount, formatCredits } from '@/lib/format';
import { hasEnded } from '@/lib/lora/rules/lifecycle';
import type { TrainingView } from '@/lib/lora/training-view';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Notice } from '../ui/notice';
import { LeaveButton } from '../verbs/leave-button';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { fetchTrainingStatus } from './use-training-status';

interface CancelDialogProps {
  characterId: string;
  name: string;
  training: TrainingView;
  cancelTraining: Verb<{ loraModelId: string }>;
  onClose: () => void;
  returnFocus: RefObject<HTMLElement | null>;
}

/**
 * Asks before a training is cancelled, with what really happens to credits and steps. When the
 * training ended first, it says so instead of closing silently.
 */
export function CancelDialog({
  characterId,
  name,
  training,
  cancelTraining,
  onClose,
  returnFocus,
}: CancelDialogProps) {
  const queries = useQueryClient();
  const { run, refusal } = useVerb(cancelTraining);
  const [pending, setPending] = useState(false);

  // The figures of this moment, and of the moment after a lost race, come from the server.
  async function refresh(): Promise<TrainingView | null> {
    const status = await fetchTrainingStatus(characterId).catch(() => null);
    if (status) queries.setQueryData(['training-status', characterId], status);
    return status?.current ?? null;
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when it opens
  useEffect(() => void refresh(), []);

  async function cancel() {
    setPending(true);
    const result = await run({ loraModelId: training.id });
    const now = await refresh();
    setPending(false);
    // A result that was faster is told here, not by a dialog that just goes away.
    const lost = now?.id === training.id && now.status === 'ready';
    if (result?.ok && !lost) onClose();
  }

  const { status, costCredits, step } = training;
  const credits = formatCredits(costCredits);

  if (hasEnded(status) && !pending) {
    return (
      <Dialog
        key="ended"
        open
        onClose={onClose}
        role="alertdialog"
        title={status === 'ready' ? 'It had just finished' : 'It had already ended'}
        description={
          <p role="status">
            {status === 'ready' ? (
              <>
                <bdi>{name}</bdi> is ready;{' '}
                {costCredits > 0 ? `${credits} were charged.` : 'nothing was charged.'}
              </>
            ) : costCredits > 0 ? (
              `${credits} are back in your balance.`
            ) : (
              'Nothing was charged.'
            )}
          </p>
        }
        returnFocus={returnFocus}
        actions={
          <Button variant="primary" onClick={onClose} data-autofocus>
            See how it ended
          </Button>
        }
      />
    );
  }

  return (
    <Dialog
      key="asking"
      open
      onClose={onClose}
      busy={pending}
      role="alertdialog"
      title={
        <>
          Cancel <bdi>{name}</bdi>'s training?
        </>
      }
      description={
        <>
          <p>
            {costCredits > 0
              ? `${credits} come back as soon as it has stopped.`
              : 'It was free, so no credits move.'}{' '}
            {step > 0 && `The ${formatCount(step, 'finished step is', 'finished steps are')} lost.`}
          </p>
          <p className="mt-2">
            If it finishes before it can be stopped, the model is yours
            {costCredits > 0 && ` and ${credits} are charged`}.
          </p>
        </>
      }
      returnFocus={returnFocus}
      actions={
        <>
          <Button variant="danger" pending={pending} onClick={cancel}>
            Cancel training
          </Button>
          <LeaveButton pending={pending} onClick={onClose} data-autofocus>
            Keep training
          </LeaveButton>
        </>
      }
    >
      {refusal && (
        <Notice tone="bad" announce="alert" title={refusal.sentence}>
          {refusal.wayOut}.
        </Notice>
      )}
    </Dialog>
  );
}
