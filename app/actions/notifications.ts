'use server';

import { creatorAction } from '@/app/_server/creator-action';
import {
  dismissAllNotifications,
  dismissNotification,
  markAllNotificationsRead,
  markNotification,
  restoreNotifications,
} from '@/lib/notifications/inbox.ts';
import {
  allNotificationsSchema,
  dismissNotificationSchema,
  markNotificationSchema,
  restoreNotificationsSchema,
} from '@/lib/notifications/rules/schemas.ts';

export async function markNotificationAction(input: unknown) {
  return creatorAction(markNotificationSchema, markNotification, input);
}

export async function dismissNotificationAction(input: unknown) {
  return creatorAction(dismissNotificationSchema, dismissNotification, input);
}

export async function dismissAllNotificationsAction(input: unknown) {
  return creatorAction(allNotificationsSchema, dismissAllNotifications, input);
}

export async function restoreNotificationsAction(input: unknown) {
  return creatorAction(restoreNotificationsSchema, restoreNotifications, input);
}

export async function markAllNotificationsReadAction(input: unknown) {
  return creatorAction(allNotificationsSchema, markAllNotificationsRead, input);
}
