import { useInbox } from './inbox-provider';

/** Marks every notice as read that was here, on whichever page; what comes meanwhile stays unread. */
export function useMarkAllRead(): () => void {
  const { notifications, press, verbs } = useInbox();
  return () => {
    const [newest] = notifications;
    if (!newest) return;
    void press(
      { of: { upTo: newest }, change: { read: true }, page: null },
      () => verbs.markAllRead({ newestId: newest.id }),
      "Couldn't mark them as read. Try again.",
    );
  };
}
