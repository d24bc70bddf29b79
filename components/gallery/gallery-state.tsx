'use client';

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type ReactNode, Suspense, useCallback, useEffect, useState } from 'react';
import { UploadsProvider } from '../characters/uploads-provider';
import { BalanceLink } from '../credits/balance-link';
import { InboxProvider } from '../notifications/inbox-provider';
import { NotificationBell } from '../notifications/notification-bell';
import { AppHeader } from '../shell/app-header';
import { accountStates } from './account-states';
import type { GroupName, PageState, StateName } from './catalogue';
import { creditStates } from './credit-states';
import { dialogStates } from './dialog-states';
import { historyStates } from './history-states';
import { influencerStates } from './influencer-states';
import { notificationStates } from './notification-states';
import { operatorStates } from './operator-states';
import { pickerStates } from './picker-states';
import { awaitWords, pressControls, scrollToMiddle } from './press-controls';
import { profileSetStates, uploadStates } from './profile-set-states';
import { settingsStates } from './settings-states';
import type { ShownState } from './shown-state';
import { signInStates } from './sign-in-states';
import { nothingInside, standInForServer } from './stand-in-server';
import { standInQueue } from './stand-in-uploads';
import { does, done, neverAnswers } from './stand-in-verbs';
import { studioStates } from './studio-states';
import { systemStates } from './system-states';
import { wizardStates } from './wizard-states';

const noUploads: NonNullable<ShownState['uploads']> = [];
const balanced = { availableCredits: 46_000, reservedCredits: 0 };

type States = { [G in GroupName]: Record<Exclude<StateName<G>, PageState>, ShownState> };

/** A state is made when it is looked at; the types see to it that each of the list is there. */
const states: States = {
  'sign-in': signInStates,
  influencers: influencerStates,
  'profile-set': profileSetStates,
  uploads: uploadStates,
  wizard: wizardStates,
  picker: pickerStates,
  settings: settingsStates,
  history: historyStates,
  studio: studioStates,
  notifications: notificationStates,
  credits: creditStates,
  dialogs: dialogStates,
  account: accountStates,
  operator: operatorStates,
  system: systemStates,
};

interface GalleryStateProps {
  group: GroupName;
  state: string;
  pages: Record<PageState, ReactNode>;
}

/** One state in a world of its own: its server, its connection, its uploads. */
export function GalleryState({ group, state, pages }: GalleryStateProps) {
  const content = (pages as Record<string, ReactNode>)[state];
  const shown = content
    ? { content }
    : (states[group] as Record<string, ShownState | undefined>)[state];
  return shown ? <World key={`${group}/${state}`} {...shown} /> : null;
}

function World({
  content,
  header = 'creator',
  balance = balanced,
  answers,
  uploads = noUploads,
  offline = false,
  presses,
  turnedTo = false,
  scrolled = false,
  awaits,
}: ShownState) {
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { staleTime: 2_000, retry: false } } }),
  );
  const [open, setOpen] = useState(false);
  const [ready, setReady] = useState(false);
  const load = useCallback(async () => ({ openUploads: () => standInQueue(uploads) }), [uploads]);

  // What is shown comes after its world: components ask as soon as they are there.
  useEffect(() => {
    const leaveServer = standInForServer({ inbox: nothingInside, ...answers });
    const leaveConnection = offline ? cutConnection() : null;
    setOpen(true);
    return () => {
      leaveServer();
      leaveConnection?.();
    };
  }, [answers, offline]);

  useEffect(() => {
    if (!open) return;
    const leave = new AbortController();
    pressControls(presses ?? [], leave.signal)
      .then(async () => {
        if (turnedTo) window.dispatchEvent(new Event('focus'));
        if (scrolled) await scrollToMiddle(leave.signal);
        return awaitWords(awaits ?? '', leave.signal);
      })
      .then(() => setReady(true), console.error);
    return () => leave.abort();
  }, [open, presses, turnedTo, scrolled, awaits]);

  if (!open) return null;
  const page =
    header === 'none' ? (
      content
    ) : (
      <InboxProvider
        initial={answers?.inbox ?? nothingInside}
        verbs={{
          mark: done,
          markAllRead: done,
          dismiss: done,
          dismissAll: does({ dismissedAt: new Date().toISOString() }),
          restore: done,
        }}
      >
        <UploadsProvider userId="gallery" load={load}>
          <AppHeader
            user={{ email: 'demo@likeness.local', name: 'Demo', role: 'creator' }}
            balance={<BalanceLink balance={balance} />}
            bell={<NotificationBell />}
            signOut={neverAnswers}
          />
          {content}
        </UploadsProvider>
      </InboxProvider>
    );
  return (
    <QueryClientProvider client={client}>
      <div data-gallery={ready ? 'ready' : 'opening'}>
        {/* What waits for its code must not take its world away. */}
        <Suspense fallback={null}>{page}</Suspense>
      </div>
    </QueryClientProvider>
  );
}

/** Without a connection, as far as this page can tell, until the returned function is called. */
function cutConnection(): () => void {
  Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
  window.dispatchEvent(new Event('offline'));
  return () => {
    Reflect.deleteProperty(navigator, 'onLine');
    window.dispatchEvent(new Event('online'));
  };
}
