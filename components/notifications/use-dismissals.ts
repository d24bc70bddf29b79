import { useRef, useState } from 'react';
import type { VerbResult } from '../verbs/verb-result';
import { useInbox } from './inbox-provider';
import type { Notice } from './inbox-state';

interface Dismissed {
  notices: readonly Notice[];
  count: number;
  bringBack: () => Promise<VerbResult<void> | null>;
}

const notBrought = "Couldn't bring back. Try again.";

/**
 * Dismissing on one list, and the way back from the last time. `page` is the list's, by its
 * `before`; null is the newest.
 */
export function useDismissals(page: string | null) {
  const { verbs, press } = useInbox();
  const [last, setLast] = useState<Dismissed | null>(null);
  const latest = useRef<Dismissed | null>(null);

  function remember(dismissed: Dismissed) {
    latest.current = dismissed;
    setLast(dismissed);
  }

  /** There is no way back from what was not done. */
  function forget(dismissed: Dismissed) {
    if (latest.current !== dismissed) return;
    latest.current = null;
    setLast(null);
  }

  async function dismiss(notice: Notice) {
    const set = (dismissed: boolean) => verbs.dismiss({ notificationId: notice.id, dismissed });
    const dismissed = { notices: [notice], count: 1, bringBack: () => set(false) };
    remember(dismissed);
    const answer = await press(
      { of: { notices: [notice] }, change: { dismissed: true }, page },
      () => set(true),
      "Couldn't dismiss. Try again.",
    );
    if (answer === null) forget(dismissed);
  }

  /** Takes everything off the list up to `newest`; `notices` are those that are in view. */
  async function dismissAll(newest: Notice, notices: readonly Notice[], count: number) {
    const answered = press(
      { of: { upTo: newest }, change: { dismissed: true }, page },
      () => verbs.dismissAll({ newestId: newest.id }),
      "Couldn't dismiss them. Try again.",
    );
    const dismissed = {
      notices,
      count,
      bringBack: async () => {
        const answer = await answered;
        return answer && verbs.restore({ dismissedAt: answer.dismissedAt });
      },
    };
    remember(dismissed);
    if ((await answered) === null) forget(dismissed);
  }

  function bringBack() {
    const dismissed = latest.current;
    if (!dismissed) return;
    forget(dismissed);
    void press(
      { of: { notices: dismissed.notices }, change: { dismissed: false }, page },
      dismissed.bringBack,
      notBrought,
    );
  }

  return { last, dismiss, dismissAll, bringBack };
}

export type Dismissals = ReturnType<typeof useDismissals>;
