'use client';

import type { TrainingRecord } from '@/lib/lora/get-training-record';
import type { Estimate } from '@/lib/lora/rules/estimate';
import type { TrainingView } from '@/lib/lora/training-view';
import { LossCurve } from './loss-curve';
import { phaseOf } from './training-phase';
import { TrainingProgress } from './training-progress';
import { TrainingSamples } from './training-samples';
import { useTrainingRecord } from './use-training-record';

interface OpenTrainingProps {
  characterId: string;
  name: string;
  training: TrainingView;
  estimate: Estimate | null;
  /** How it goes, as the page knew it when it was made. */
  record: TrainingRecord | null;
  emailed: boolean | undefined;
}

/**
 * How an open training goes: its stations, and from the first step on its samples and curves. Their
 * places are there before they fill, so that nothing below moves.
 */
export function OpenTraining({
  characterId,
  name,
  training,
  estimate,
  record,
  emailed,
}: OpenTrainingProps) {
  const { record: data } = useTrainingRecord(characterId, training, record);
  const phase = phaseOf(training);
  return (
    <>
      <TrainingProgress
        training={training}
        name={name}
        estimate={estimate}
        times={data?.times ?? null}
        emailed={emailed}
      />
      {(phase === 'training' || phase === 'saving') && (
        <div className="flex flex-col gap-4 border-t border-line pt-4">
          <div>
            <h3 className="mb-1 text-small font-medium">Samples</h3>
            <div className="flex min-h-37 items-center">
              {data && data.samples.length > 0 ? (
                <div className="min-w-0 flex-1">
                  <TrainingSamples samples={data.samples} sandbox={training.sandbox} />
                </div>
              ) : (
                <p className="text-small text-ink-3">
                  Pictures the trainer makes on the way appear here.
                </p>
              )}
            </div>
          </div>
          <LossCurve
            points={data?.attempts.at(-1)?.points ?? []}
            totalSteps={training.totalSteps}
          />
        </div>
      )}
    </>
  );
}
