'use client';

import { useState } from 'react';
import { formatCount } from '@/lib/format';
import type { TrainableImage } from '@/lib/lora/get-training-panel';
import { countProblem } from '@/lib/lora/rules/selection';
import type { TrainingView } from '@/lib/lora/training-view';
import { Button } from '../ui/button';
import { newRequestId } from '../verbs/new-request-id';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { StartTrainingVerb } from './start-training';

interface FreeRetryProps {
  characterId: string;
  failed: TrainingView;
  images: readonly TrainableImage[];
  startTraining: StartTrainingVerb;
  onStarted: () => void;
}

/** "Try again for free": the failed training once more, with the same images and base model (D8). */
export function FreeRetry({
  characterId,
  failed,
  images,
  startTraining,
  onStarted,
}: FreeRetryProps) {
  const [requestId] = useState(newRequestId);
  const { run, pending, refusal } = useVerb(startTraining);
  const imageIds = failed.imageIds.filter((id) => images.some((image) => image.id === id));

  async function retry() {
    const result = await run({
      characterId,
      baseModel: failed.baseModel,
      imageIds,
      expectedCredits: 0,
      requestId,
      consent: null,
    });
    if (result?.ok) onStarted();
  }

  // The sentence and a refusal stand below the whole row of buttons.
  return (
    <>
      <Button
        variant="primary"
        pending={pending}
        onClick={retry}
        unavailable={
          countProblem(imageIds.length)
            ? 'Too many of its images are gone. Choose images for a free try below.'
            : null
        }
      >
        Try again for free
      </Button>
      {!countProblem(imageIds.length) && (
        <p className="order-last basis-full text-small text-ink-2">
          {imageIds.length === failed.imageCount ? 'The same ' : ''}
          {formatCount(imageIds.length, 'image')} on {failed.baseModelLabel}.
        </p>
      )}
      {refusal && <RefusalNotice refusal={refusal} className="order-last basis-full" />}
    </>
  );
}
