'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from 'next/navigation';
import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { Verb } from '../verbs/verb-result';
import { type Change, type Inbox, withChanges, wordArrivals } from './inbox-state';

const pollMs = 10_000;
const betweenMessagesMs = 10_000;
const inboxKey = ['notifications'];

export interface InboxVerbs {
  mark: Verb<{ notificationId: string; read: boolean }>;
  markAllRead: Verb<Record<never, never>>;
  dismiss: Verb<{ notificationId: string; dismissed: boolean }>;
  dismissAll: Verb<{ notificationIds: string[]; dismissed: boolean }>;
}

interface InboxHandle extends Inbox {
  /** The last look did not work; what is shown is from before. */
  loadFailed: boolean;
  reload: () => void;
  mark: (id: string, read: boolean) => void;
  markAllRead: () => void;
  /** Takes notices off the list. */
  dismiss: (ids: readonly string[]) => void;
  /** What was dismissed last and can be brought back. */
  lastDismissed: readonly string[];
  bringBack: () => void;
  /** It is too late to bring back: the list was left. */
  forgetDismissed: () => void;
  /** One sentence about what could not be done, until the next press. */
  refused: string | null;
}

const InboxContext = createContext<InboxHandle | null>(null);

/** The inbox of the signed-in creator, for the bell and the page below it. */
export function useInbox(): InboxHandle {
  const inbox = useContext(InboxContext);
  if (!inbox) throw new Error('useInbox needs an InboxProvider above it.');
  return inbox;
}

class SignedOut extends Error {}

async function fetchInbox({ signal }: { signal: AbortSignal }): Promise<Inbox> {
  const response = await fetch('/api/notifications', { signal, cache: 'no-store' });
  if (response.status === 401) throw new SignedOut();
  if (!response.ok) throw new Error(`The inbox answered ${response.status}.`);
  return response.json();
}

interface InboxProviderProps {
  /** As the server knew it when the page was made. */
  initial: Inbox;
  verbs: InboxVerbs;
  children: ReactNode;
}

/**
 * Keeps the inbox fresh (every 10 s while the page is in view), answers presses at once, and tells a
 * screen reader of what arrives, at most one message in 10 s.
 */
export function InboxProvider({ initial, verbs, children }: InboxProviderProps) {
  const client = useQueryClient();
  const query = useQuery({
    queryKey: inboxKey,
    queryFn: fetchInbox,
    initialData: initial,
    retry: (failures, error) => !(error instanceof SignedOut) && failures < 2,
    refetchInterval: ({ state }) => (state.error instanceof SignedOut ? false : pollMs),
  });
  const [changes, setChanges] = useState<ReadonlyMap<string, Change>>(new Map());
  const [refused, setRefused] = useState<string | null>(null);
  const [lastDismissed, setLastDismissed] = useState<readonly string[]>([]);
  const forgetDismissed = useCallback(() => setLastDismissed([]), []);

  const run = useCallback(
    async (
      ids: readonly string[],
      change: Change,
      verb: () => ReturnType<Verb<never>>,
      sentence: string,
    ) => {
      setRefused(null);
      setChanges((now) => {
        const next = new Map(now);
        for (const id of ids) next.set(id, { ...now.get(id), ...change });
        return next;
      });
      const result = await verb().catch(() => null);
      if (!result?.ok) setRefused(sentence);
      // Only what was read after the change may take its place.
      await client.cancelQueries({ queryKey: inboxKey });
      await client.refetchQueries({ queryKey: inboxKey });
      const isFresh = client.getQueryState(inboxKey)?.status === 'success';
      if (result?.ok && !isFresh) return;
      setChanges((now) => {
        const next = new Map(now);
        for (const id of ids) {
          const kept = { ...now.get(id) };
          // A later press on the same notice stays until it has its own answer.
          for (const key of ['read', 'dismissed'] as const) {
            if (change[key] !== undefined && kept[key] === change[key]) delete kept[key];
          }
          if (Object.keys(kept).length > 0) next.set(id, kept);
          else next.delete(id);
        }
        return next;
      });
    },
    [client],
  );

  const { data, isError, refetch } = query;
  const handle = useMemo((): InboxHandle => {
    const inbox = withChanges(data, changes);
    const setDismissed = (ids: readonly string[], dismissed: boolean) => {
      const [notificationId] = ids;
      if (notificationId === undefined) return;
      void run(
        ids,
        { dismissed },
        () =>
          ids.length === 1
            ? verbs.dismiss({ notificationId, dismissed })
            : verbs.dismissAll({ notificationIds: [...ids], dismissed }),
        dismissed ? "Couldn't dismiss. Try again." : "Couldn't bring back. Try again.",
      );
    };
    return {
      ...inbox,
      loadFailed: isError,
      reload: () => void refetch(),
      refused,
      mark: (id, read) =>
        void run(
          [id],
          { read },
          () => verbs.mark({ notificationId: id, read }),
          `Couldn't mark it as ${read ? 'read' : 'unread'}. Try again.`,
        ),
      markAllRead: () =>
        void run(
          inbox.notifications.map(({ id }) => id),
          { read: true },
          () => verbs.markAllRead({}),
          "Couldn't mark them as read. Try again.",
        ),
      dismiss: (ids) => {
        setLastDismissed(ids);
        setDismissed(ids, true);
      },
      lastDismissed,
      bringBack: () => {
        setLastDismissed([]);
        setDismissed(lastDismissed, false);
      },
      forgetDismissed,
    };
  }, [data, changes, isError, refetch, refused, lastDismissed, forgetDismissed, run, verbs]);

  return (
    <InboxContext value={handle}>
      {children}
      <Arrivals inbox={data} />
    </InboxContext>
  );
}

/** Speaks of new notices, and has the page read again what they are about: states and balances. */
function Arrivals({ inbox }: { inbox: Inbox }) {
  const router = useRouter();
  const [message, setMessage] = useState('');
  const known = useRef(new Set(inbox.notifications.map(({ id }) => id)));
  const waiting = useRef<Inbox['notifications']>([]);
  const lastSpokenAt = useRef(Number.NEGATIVE_INFINITY);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    const arrived = inbox.notifications.filter(({ id, read }) => !known.current.has(id) && !read);
    for (const { id } of inbox.notifications) known.current.add(id);
    if (arrived.length === 0) return;
    router.refresh();

    waiting.current = [...arrived, ...waiting.current];
    clearTimeout(timer.current);
    const restMs = lastSpokenAt.current + betweenMessagesMs - performance.now();
    timer.current = setTimeout(
      () => {
        lastSpokenAt.current = performance.now();
        setMessage(wordArrivals(waiting.current));
        waiting.current = [];
      },
      Math.max(0, restMs),
    );
  }, [inbox, router]);

  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div role="status" className="sr-only">
      {message}
    </div>
  );
}
