'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { formatPercent } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { hasEnded } from '@/lib/lora/rules/lifecycle';
import { phaseOf } from './training-phase';
import { statusHeadingId } from './training-status';
import { isSignedOut, useTrainingStatus } from './use-training-status';

/** A page that follows a training: fresh state, the tab's title, and the rest of the page with it. */
export function useFollowedTraining(panel: TrainingPanelView, expected: boolean) {
  const { character } = panel;
  const status = useTrainingStatus({
    characterId: character.id,
    initial: { current: panel.current, balance: panel.balance },
    expected,
    sandbox: panel.sandbox,
  });
  const { current, balance } = status.data;
  const open = current !== null && !hasEnded(current.status);
  const heading = useRef<HTMLElement>(null);
  useEffect(() => {
    heading.current = document.getElementById(statusHeadingId);
  });

  useRefreshOnChange(`${current?.id}:${current?.status}`);
  useTitle(
    current && open && phaseOf(current) === 'training'
      ? `${formatPercent(current.step / current.totalSteps)} · ${character.name}`
      : null,
  );

  return {
    current,
    balance,
    open,
    estimate: panel.models.find(({ id }) => id === current?.baseModel)?.estimate ?? null,
    trouble: status.isError
      ? { since: new Date(status.dataUpdatedAt), signedOut: isSignedOut(status.error) }
      : null,
    refetch: status.refetch,
    /** The heading of the status panel, for the focus. */
    heading,
  };
}

/** The page's other parts (balance, history, prices) follow when the training moves on. */
function useRefreshOnChange(key: string) {
  const router = useRouter();
  const before = useRef(key);
  useEffect(() => {
    if (before.current === key) return;
    before.current = key;
    router.refresh();
  }, [key, router]);
}

/** The tab's title while there is something to say: "41 % · Mara". */
function useTitle(title: string | null) {
  useEffect(() => {
    if (title === null) return;
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
}
