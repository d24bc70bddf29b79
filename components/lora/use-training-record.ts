'use client';

import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { TrainingRecord } from '@/lib/lora/get-training-record';
import type { TrainingView } from '@/lib/lora/training-view';
import { paths } from '@/lib/paths';

/** Twenty times in a training, and whenever there is another phase or a sample. */
const looks = 20;

/**
 * The record of a training: what was handed in with the page, or asked for once; asked for again
 * when the training has moved on. A failed question never takes away what was known.
 */
export function useTrainingRecord(
  characterId: string,
  training: TrainingView,
  initial: TrainingRecord | null = null,
) {
  const { status, phase, sampleCount, step, totalSteps } = training;
  const share = Math.floor((step * looks) / Math.max(1, totalSteps));
  const moment = `${status}:${phase}:${sampleCount}:${share}`;
  const { data, isError, isFetching, refetch } = useQuery({
    queryKey: ['training-record', training.id],
    queryFn: async ({ signal }) => ({
      moment,
      record: await fetchTrainingRecord(characterId, training.id, signal),
    }),
    initialData: initial?.loraModelId === training.id ? { moment, record: initial } : undefined,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    networkMode: 'always',
  });
  // What is kept may be of an earlier moment, also when another part of the page asked for it.
  const outdated = data !== undefined && data.moment !== moment;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a newer moment, or an answer that is outdated as it comes, asks again
  useEffect(() => {
    if (outdated) void refetch();
  }, [outdated, moment, data, refetch]);
  return { record: data?.record, isError, isFetching, refetch };
}

async function fetchTrainingRecord(
  characterId: string,
  loraModelId: string,
  signal: AbortSignal,
): Promise<TrainingRecord> {
  const response = await fetch(paths.trainingRecord(characterId, loraModelId), {
    signal,
    cache: 'no-store',
  });
  if (!response.ok) throw new Error(`The record was answered with ${response.status}`);
  return response.json();
}
