'use server';

import { creatorAction } from '@/app/_server/creator-action';
import {
  dismissNotification,
  dismissNotifications,
  markAllNotificationsRead,
  markNotification,
} from '@/lib/notifications/inbox.ts';
import {
  dismissNotificationSchema,
  dismissNotificationsSchema,
  markAllNotificationsReadSchema,
  markNotificationSchema,
} from '@/lib/notifications/rules/schemas.ts';

export async function markNotificationAction(input: unknown) {
  return creatorAction(markNotificationSchema, markNotification, input);
}

export async function dismissNotificationAction(input: unknown) {
  return creatorAction(dismissNotificationSchema, dismissNotification, input);
}

export async function dismissNotificationsAction(input: unknown) {
  return creatorAction(dismissNotificationsSchema, dismissNotifications, input);
}

export async function markAllNotificationsReadAction(input: unknown) {
  return creatorAction(markAllNotificationsReadSchema, markAllNotificationsRead, input);
}
