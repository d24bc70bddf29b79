'use client';

import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { TrainingStatusView } from '@/lib/lora/get-training-status';
import { pollIntervalMs } from './poll-interval';

/**
 * The newest training of a character, kept fresh by asking: quick while something is new, not at
 * all after an end, not while the page is hidden, at once when it is seen again. A failed question
 * never takes away what was known.
 */
export function useTrainingStatus({
  characterId,
  initial,
  expected,
  sandbox,
}: {
  characterId: string;
  initial: TrainingStatusView;
  /** A training is about to appear. */
  expected: boolean;
  sandbox: boolean;
}) {
  const changed = useRef({ key: '', atMs: 0 });

  const query = useQuery({
    queryKey: ['training-status', characterId],
    queryFn: ({ signal }) => fetchTrainingStatus(characterId, signal),
    initialData: initial,
    // Without a connection a question fails like any other, and the page says so.
    networkMode: 'always',
    refetchOnMount: 'always',
    refetchOnWindowFocus: 'always',
    refetchOnReconnect: 'always',
    refetchInterval: ({ state }) =>
      pollIntervalMs({
        status: state.data?.current?.status ?? null,
        expected,
        sandbox,
        sinceChangeMs: Date.now() - changed.current.atMs,
      }),
  });

  const { current } = query.data;
  const key = `${current?.id}:${current?.status}:${current?.phase}:${current?.cancelRequested}`;
  useEffect(() => {
    changed.current = { key, atMs: Date.now() };
  }, [key]);

  // The page was read anew on the server and knows of something else than what is shown.
  const told = `${initial.current?.id}:${initial.current?.status}`;
  const known = useRef(told);
  const { refetch } = query;
  useEffect(() => {
    if (known.current === told) return;
    known.current = told;
    void refetch();
  }, [told, refetch]);

  return query;
}

/** The server answered, but with no. */
class StatusRefused extends Error {
  override readonly name = 'StatusRefused';
  readonly status: number;

  constructor(status: number) {
    super(`Status ${status}`);
    this.status = status;
  }
}

/** Whether asking is of no use until the creator signs in again. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof StatusRefused && error.status === 401;
}

/** Asks once; throws when there is no answer. */
export async function fetchTrainingStatus(
  characterId: string,
  signal?: AbortSignal,
): Promise<TrainingStatusView> {
  const response = await fetch(`/api/influencer/${characterId}/lora/status`, {
    signal,
    cache: 'no-store',
  });
  if (!response.ok) throw new StatusRefused(response.status);
  return response.json();
}
