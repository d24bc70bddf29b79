/** One notice as the inbox lists it. Instants are ISO 8601 once they came over the wire. */
export interface Notice {
  id: string;
  type: string;
  title: string;
  body: string;
  href: string;
  read: boolean;
  createdAt: Date | string;
}

/** A page of the inbox, and the counts of the whole. */
export interface Inbox {
  unreadCount: number;
  totalCount: number;
  trainingOpen: boolean;
  notifications: Notice[];
  nextBefore: string | null;
}

/** What the creator did that an answer of the server may not contain yet. */
export interface Press {
  number: number;
  /** The notices it is about, or the newest of all of them. */
  of: { notices: readonly Notice[] } | { upTo: Notice };
  change: { read: boolean } | { dismissed: boolean };
  /** The page it was made on, by its `before`; null is the newest. */
  page: string | null;
  /** When the server had done it, on the page's own clock; null until then. */
  confirmedAt: number | null;
}

/** Presses that an answer asked for at that time cannot know of. */
export function pendingPresses(presses: readonly Press[], askedAt: number): readonly Press[] {
  const isPending = ({ confirmedAt }: Press) => confirmedAt === null || confirmedAt > askedAt;
  return presses.every(isPending) ? presses : presses.filter(isPending);
}

/**
 * A page of the inbox as the creator has left it: an answer with older data does not undo a press.
 * The counts are the server's, moved by what differs; of a notice on another page they wait for the
 * server.
 */
export function withPresses(
  inbox: Inbox,
  presses: readonly Press[],
  page: string | null = null,
): Inbox {
  return presses.reduce((now, press) => afterPress(now, press, page), inbox);
}

function afterPress(inbox: Inbox, { of, change, page: madeOn }: Press, page: string | null): Inbox {
  if ('upTo' in of) {
    const isNewer = (notice: Notice) => orderOf(notice) > orderOf(of.upTo);
    const newer = inbox.notifications.filter(isNewer);
    const unreadCount = newer.filter(({ read }) => !read).length;
    if ('dismissed' in change) {
      const { length: totalCount } = newer;
      return { ...inbox, notifications: newer, unreadCount, totalCount, nextBefore: null };
    }
    const notifications = inbox.notifications.map((notice) =>
      isNewer(notice) ? notice : { ...notice, read: true },
    );
    return { ...inbox, notifications, unreadCount };
  }
  let { notifications, unreadCount, totalCount } = inbox;
  for (const notice of of.notices) {
    const listed = notifications.find(({ id }) => id === notice.id);
    if ('read' in change) {
      if (!listed || listed.read === change.read) continue;
      unreadCount += change.read ? -1 : 1;
      notifications = notifications.map((one) =>
        one === listed ? { ...one, read: change.read } : one,
      );
    } else if (change.dismissed && listed) {
      unreadCount -= Number(!listed.read);
      totalCount -= 1;
      notifications = notifications.filter((one) => one !== listed);
    } else if (!change.dismissed && !listed && madeOn === page) {
      unreadCount += Number(!notice.read);
      totalCount += 1;
      notifications = [...notifications, notice].sort(newestFirst);
    }
  }
  return {
    ...inbox,
    notifications,
    unreadCount: Math.max(0, unreadCount),
    totalCount: Math.max(0, totalCount),
  };
}

/** The place of a notice in time, as text that compares; the server orders by the same. */
export function orderOf({ createdAt, id }: Notice): string {
  return `${new Date(createdAt).toISOString()} ${id}`;
}

function newestFirst(a: Notice, b: Notice): number {
  return orderOf(a) < orderOf(b) ? 1 : -1;
}

/** The place of the newest notice; before everything when there is none. */
export function newestOf(notices: readonly Notice[]): string {
  return notices.map(orderOf).sort().at(-1) ?? '';
}

/** What a screen reader is told of notices that have just come, in one message. */
export function wordArrivals(arrivals: readonly Notice[]): string {
  const [first] = arrivals;
  if (!first) return '';
  return arrivals.length === 1
    ? `New: ${first.title}`
    : `${arrivals.length} new notifications. The latest: ${first.title}`;
}

/** The number on the bell. */
export function wordCount(unreadCount: number): string {
  return unreadCount > 99 ? '99+' : String(unreadCount);
}
