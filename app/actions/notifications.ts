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
  return creatorAction('markNotification', markNotificationSchema, markNotification, input);
}

export async function dismissNotificationAction(input: unknown) {
  return creatorAction(
    'dismissNotification',
    dismissNotificationSchema,
    dismissNotification,
    input,
  );
}

export async function dismissAllNotificationsAction(input: unknown) {
  return creatorAction(
    'dismissAllNotifications',
    allNotificationsSchema,
    dismissAllNotifications,
    input,
  );
}

export async function restoreNotificationsAction(input: unknown) {
  return creatorAction(
    'restoreNotifications',
    restoreNotificationsSchema,
    restoreNotifications,
    input,
  );
}

export async function markAllNotificationsReadAction(input: unknown) {
  return creatorAction(
    'markAllNotificationsRead',
    allNotificationsSchema,
    markAllNotificationsRead,
    input,
  );
}
