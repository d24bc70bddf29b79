import type { NoticeFacts, NotificationType } from '@/lib/notifications/rules/wording';
import { wordNotice } from '@/lib/notifications/rules/wording';
import type { Inbox, Notice } from '../notifications/inbox-state';
import { NewestNotifications } from '../notifications/notification-page';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import type { StateName } from './catalogue';
import { daysMs, hoursMs, idOf, instant } from './facts';
import type { ShownState } from './shown-state';
import { nothingInside } from './stand-in-server';

const of = { characterId: idOf('character', 700), characterName: 'Mara' };
const expiresAt = new Date(instant(14 * daysMs));

/** A notice of each type there is. */
const facts: NoticeFacts = {
  'lora.training.started': {
    ...of,
    fromSeconds: 1_500,
    toSeconds: 3_600,
    reservedCredits: 27_000,
  },
  'lora.training.progress': { ...of, percent: 50 },
  'lora.training.completed': { ...of, sandbox: false, chargedCredits: 27_000 },
  'lora.training.failed': {
    ...of,
    characterName: 'Alexandrina-Wilhelmina von Hohenstaufen-Castelberg',
    reason: 'GPU_OUT_OF_MEMORY',
    releasedCredits: 27_000,
    freeRetry: true,
  },
  'lora.training.not-started': { ...of, why: 'credits' },
  'lora.retrain.available': { ...of, count: 3 },
  'lora.model.expiring': { ...of, characterName: 'נועה', expiresAt },
  'lora.model.expiring-soon': { ...of, expiresAt },
  'lora.model.expired': of,
};
const types = Object.keys(facts) as NotificationType[];

function notices(count: number, unread: number): Notice[] {
  return Array.from({ length: count }, (_, at) => {
    const type = types[at % types.length] ?? 'lora.training.completed';
    return {
      id: idOf('notice', 1_000 - at),
      type,
      ...wordNotice(type, facts[type]),
      read: at >= unread,
      createdAt: instant(-at * 9 * hoursMs - 60_000),
    };
  });
}

export function inboxOf(count: number, unread: number, total = count): Inbox {
  return {
    unreadCount: unread,
    totalCount: total,
    trainingOpen: false,
    notifications: notices(count, unread),
    nextBefore: total > count ? idOf('notice', 1) : null,
  };
}

/** The bell belongs to the header; below it any page. */
function bell(inbox: Inbox): ShownState {
  return {
    content: (
      <PageContainer>
        <PageHeading title="Influencers" />
      </PageContainer>
    ),
    answers: { inbox },
  };
}

export function notificationPage(inbox: Inbox): ShownState {
  return {
    content: (
      <PageContainer width="reading">
        <NewestNotifications />
      </PageContainer>
    ),
    answers: { inbox },
  };
}

export const notificationStates: Record<StateName<'notifications'>, ShownState> = {
  'bell-zero': { ...bell(nothingInside), presses: ['Notifications'] },
  'bell-three': bell(inboxOf(9, 3)),
  'bell-ninety-nine-plus': bell({ ...inboxOf(9, 9), unreadCount: 140, totalCount: 200 }),
  'bell-open': { ...bell(inboxOf(9, 3)), presses: ['Notifications'] },
  'page-empty': notificationPage(nothingInside),
  'page-full': notificationPage(inboxOf(50, 3, 120)),
  'load-error': {
    ...notificationPage(nothingInside),
    answers: { inbox: undefined },
    turnedTo: true,
    awaits: "Couldn't load notifications.",
  },
};
