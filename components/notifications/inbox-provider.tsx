'use client';

import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
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
import type { Verb, VerbResult } from '../verbs/verb-result';
import {
  type Inbox,
  type Notice,
  newestOf,
  orderOf,
  type Press,
  pendingPresses,
  withPresses,
  wordArrivals,
} from './inbox-state';
import { inboxPollMs } from './poll-interval';

const betweenMessagesMs = 10_000;
/** By then every page that is open has asked again. */
const forgottenAfterMs = 60_000;
const channelName = 'likeness-notifications';
const inboxKey = ['notifications'] as const;
const newestKey = [...inboxKey, 'newest'] as const;

export interface InboxVerbs {
  mark: Verb<{ notificationId: string; read: boolean }>;
  markAllRead: Verb<{ newestId: string }>;
  dismiss: Verb<{ notificationId: string; dismissed: boolean }>;
  dismissAll: Verb<{ newestId: string }, { dismissedAt: string }>;
  restore: Verb<{ dismissedAt: string }>;
}

interface InboxHandle extends Inbox {
  /** The last look did not work; what is shown is from before. */
  loadFailed: boolean;
  reload: () => void;
  verbs: InboxVerbs;
  /**
   * Shows a change at once and does it; a refusal takes it back and says `sentence`. Returns what
   * the verb answered, null when it did not.
   */
  press: <T>(
    made: Pick<Press, 'of' | 'change' | 'page'>,
    verb: () => Promise<VerbResult<T> | null>,
    sentence: string,
  ) => Promise<T | null>;
  /** What was pressed and may be missing from what the server answered. */
  presses: readonly Press[];
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

/** An answer of the server, and when it was asked for on the page's clock. */
interface Answer {
  inbox: Inbox;
  askedAt: number;
  etag: string | null;
}

/** Asks for a page of the inbox; while nothing has changed the answer is empty and the known one stays. */
async function ask(
  known: Answer | undefined,
  before: string | null,
  signal: AbortSignal,
): Promise<Answer> {
  const askedAt = performance.now();
  const address = `/api/notifications${before ? `?before=${before}` : ''}`;
  const response = await fetch(address, {
    signal,
    cache: 'no-store',
    headers: known?.etag ? { 'if-none-match': known.etag } : {},
  });
  if (response.status === 304 && known) return { ...known, askedAt };
  if (response.status === 401) throw new SignedOut();
  if (!response.ok) throw new Error(`The inbox answered ${response.status}.`);
  return { inbox: await response.json(), askedAt, etag: response.headers.get('etag') };
}

function retry(failures: number, error: Error): boolean {
  return !(error instanceof SignedOut) && failures < 2;
}

const always = {
  refetchOnMount: 'always',
  refetchOnWindowFocus: 'always',
  refetchOnReconnect: 'always',
  retry,
} as const;

interface InboxProviderProps {
  /** As the server knew it when the page was made. */
  initial: Inbox;
  verbs: InboxVerbs;
  children: ReactNode;
}

/**
 * Keeps the inbox fresh (quick while news is near, never while the page is out of view), answers
 * presses at once, tells the other tabs, and tells a screen reader of what arrives.
 */
export function InboxProvider({ initial, verbs, children }: InboxProviderProps) {
  const client = useQueryClient();
  const changedAt = useRef(Number.NEGATIVE_INFINITY);
  const tellTabs = useOtherTabs(client);
  const query = useQuery({
    ...always,
    // What the server has just rendered need not be asked for again.
    refetchOnMount: true,
    queryKey: newestKey,
    queryFn: async ({ signal }) => {
      const known = client.getQueryData<Answer>(newestKey);
      const answer = await ask(known, null, signal);
      if (known?.etag && known.etag !== answer.etag) {
        changedAt.current = performance.now();
        tellTabs(answer.etag);
      }
      return answer;
    },
    initialData: (): Answer => ({ inbox: initial, askedAt: 0, etag: null }),
    refetchInterval: ({ state: { data, error } }) =>
      !(error instanceof SignedOut) &&
      inboxPollMs({
        trainingOpen: data?.inbox.trainingOpen ?? false,
        sinceChangeMs: performance.now() - changedAt.current,
      }),
  });
  useFreshInitial(client, initial);

  const { data, isError, refetch } = query;
  const { inbox, askedAt } = data;
  const [presses, setPresses] = useState<readonly Press[]>([]);
  const [refused, setRefused] = useState<string | null>(null);
  const count = useRef(0);

  const press: InboxHandle['press'] = useCallback(
    async (made, verb, sentence) => {
      count.current += 1;
      const number = count.current;
      const now = performance.now();
      changedAt.current = now;
      setRefused(null);
      setPresses((all) => [
        ...pendingPresses(all, now - forgottenAfterMs),
        { ...made, number, confirmedAt: null },
      ]);
      const result = await verb().catch(() => null);
      setPresses((all) =>
        result?.ok
          ? all.map((one) =>
              one.number === number ? { ...one, confirmedAt: performance.now() } : one,
            )
          : all.filter((one) => one.number !== number),
      );
      if (!result?.ok) setRefused(sentence);
      void client.refetchQueries({ queryKey: inboxKey });
      tellTabs(null);
      return result?.ok ? result.value : null;
    },
    [client, tellTabs],
  );

  const handle = useMemo(
    (): InboxHandle => ({
      ...withPresses(inbox, pendingPresses(presses, askedAt)),
      loadFailed: isError,
      reload: () => void refetch(),
      verbs,
      press,
      presses,
      refused,
    }),
    [inbox, askedAt, presses, isError, refetch, verbs, press, refused],
  );

  return (
    <InboxContext value={handle}>
      {children}
      <Arrivals notices={inbox.notifications} />
    </InboxContext>
  );
}

/** An older page of the inbox: what the server rendered, kept right while it is looked at. */
export function useOlderInbox(before: string, initial: Inbox) {
  const { presses } = useInbox();
  const client = useQueryClient();
  const queryKey = [...inboxKey, 'before', before];
  const { data, isError, refetch } = useQuery({
    ...always,
    queryKey,
    queryFn: ({ signal }) => ask(client.getQueryData<Answer>(queryKey), before, signal),
    initialData: (): Answer => ({ inbox: initial, askedAt: 0, etag: null }),
    gcTime: 0,
  });
  return {
    ...withPresses(data.inbox, pendingPresses(presses, data.askedAt), before),
    loadFailed: isError,
    reload: () => void refetch(),
  };
}

/** Looks again when a page made anew by the server knows something else. */
function useFreshInitial(client: QueryClient, initial: Inbox): void {
  const known = useRef(initial);
  useEffect(() => {
    if (known.current === initial) return;
    known.current = initial;
    void client.refetchQueries({ queryKey: newestKey });
  }, [client, initial]);
}

/**
 * Looks again when another tab has done or found something, and when this window is turned to, which
 * is not always a change of what is in view. Returns how to tell the others: the tag of what was
 * found, null when they must look in any case.
 */
function useOtherTabs(client: QueryClient): (etag: string | null) => void {
  const channel = useRef<BroadcastChannel | null>(null);
  useEffect(() => {
    const lookAgain = () =>
      void client.refetchQueries({ queryKey: inboxKey, type: 'active' }, { cancelRefetch: false });
    channel.current = new BroadcastChannel(channelName);
    channel.current.onmessage = ({ data: etag }: MessageEvent<string | null>) => {
      if (etag === null || client.getQueryData<Answer>(newestKey)?.etag !== etag) lookAgain();
    };
    window.addEventListener('focus', lookAgain);
    return () => {
      window.removeEventListener('focus', lookAgain);
      channel.current?.close();
    };
  }, [client]);
  return useCallback((etag) => channel.current?.postMessage(etag), []);
}

/** Speaks of new notices, and has the page read again what they are about: states and balances. */
function Arrivals({ notices }: { notices: readonly Notice[] }) {
  const router = useRouter();
  const [message, setMessage] = useState('');
  const newest = useRef(newestOf(notices));
  const waiting = useRef<Notice[]>([]);
  const lastSpokenAt = useRef(Number.NEGATIVE_INFINITY);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    // Older ones that move up when others are dismissed are no news.
    const arrived = notices.filter((notice) => !notice.read && orderOf(notice) > newest.current);
    const now = newestOf(notices);
    if (now > newest.current) newest.current = now;
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
  }, [notices, router]);

  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div role="status" className="sr-only">
      {message}
    </div>
  );
}
