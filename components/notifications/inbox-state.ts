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

export interface Inbox {
  unreadCount: number;
  notifications: Notice[];
}

/** What the creator did to a notice that the server has not yet confirmed. */
export interface Change {
  read?: boolean;
  dismissed?: boolean;
}

/**
 * The inbox as the creator has left it: a poll that answers with older data does not undo a press.
 * The unread count is the server's, moved by what differs.
 */
export function withChanges(inbox: Inbox, changes: ReadonlyMap<string, Change>): Inbox {
  let { unreadCount } = inbox;
  const notifications = inbox.notifications.flatMap((notice) => {
    const change = changes.get(notice.id);
    if (!change) return [notice];
    const read = change.read ?? notice.read;
    const counts = !read && !change.dismissed;
    unreadCount += Number(counts) - Number(!notice.read);
    return change.dismissed ? [] : [{ ...notice, read }];
  });
  return { unreadCount: Math.max(0, unreadCount), notifications };
}

/** What a screen reader is told of notices that have just come, in one message. */
export function wordArrivals(arrivals: readonly Notice[]): string {
  const [first] = arrivals;
  if (!first) return '';
  return arrivals.length === 1
    ? `New: ${first.title}. ${first.body}`
    : `${arrivals.length} new notifications. The latest: ${first.title}.`;
}

/** The number on the bell. */
export function wordCount(unreadCount: number): string {
  return unreadCount > 99 ? '99+' : String(unreadCount);
}
