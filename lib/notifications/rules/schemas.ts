import { z } from 'zod';

/** What a creator can ask of the inbox. Strict: an extra key is refused. */

export const markNotificationSchema = z.strictObject({
  notificationId: z.uuid(),
  read: z.boolean(),
});

export const dismissNotificationSchema = z.strictObject({
  notificationId: z.uuid(),
  dismissed: z.boolean(),
});

export const dismissNotificationsSchema = z.strictObject({
  notificationIds: z.array(z.uuid()).min(1).max(50),
  /** False brings them back (undo). */
  dismissed: z.boolean(),
});
export type DismissNotifications = z.infer<typeof dismissNotificationsSchema>;

/** All of them, or all up to the newest that was seen: what came since is left alone. */
export const allNotificationsSchema = z.strictObject({ newestId: z.uuid().optional() });
export type AllNotifications = z.infer<typeof allNotificationsSchema>;

/** When they were dismissed together, as that answered. */
export const restoreNotificationsSchema = z.strictObject({ dismissedAt: z.iso.datetime() });
