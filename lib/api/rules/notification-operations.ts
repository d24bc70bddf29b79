import { z } from 'zod';
import {
  allNotificationsSchema,
  dismissNotificationSchema,
  dismissNotificationsSchema,
  markNotificationSchema,
} from '../../notifications/rules/schemas.ts';
import { instant, named, operationsOf } from './operation.ts';

const notificationParams = z.strictObject({ id: z.uuid() });

const notification = named(
  'Notification',
  z.strictObject({
    id: z.uuid(),
    type: z.string(),
    title: z.string(),
    body: z.string(),
    href: z.string(),
    read: z.boolean(),
    createdAt: instant,
  }),
);

export const notificationOperations = operationsOf('Notifications', {
  listNotifications: {
    method: 'GET',
    path: '/api/notifications',
    summary: 'List your newest notifications',
    description:
      'With `before` the page after the one whose `nextBefore` it is. Send the ETag back as If-None-Match: 304 while nothing has changed.',
    query: z.strictObject({ before: z.uuid().optional() }),
    answer: {
      status: 200,
      description: 'Fifty at most that were not dismissed, and how many are unread in all',
      body: z.strictObject({
        unreadCount: z.int().min(0),
        totalCount: z.int().min(0),
        trainingOpen: z.boolean(),
        notifications: z.array(notification),
        nextBefore: z.uuid().nullable(),
      }),
    },
    refusals: [],
  },
  dismissNotifications: {
    method: 'PATCH',
    path: '/api/notifications',
    summary: 'Dismiss several notifications, or bring them back',
    body: dismissNotificationsSchema,
    answer: { status: 204, description: 'Done; ids of others are left alone' },
    refusals: [],
    example: {
      body: { notificationIds: ['019a1b2c-0000-7000-8000-0000000000bb'], dismissed: true },
    },
  },
  markAllNotificationsRead: {
    method: 'POST',
    path: '/api/notifications/read',
    summary: 'Mark all notifications as read',
    body: allNotificationsSchema,
    answer: { status: 204, description: 'Done' },
    refusals: [],
    example: { body: {} },
  },
  markNotification: {
    method: 'POST',
    path: '/api/notifications/{id}/read',
    summary: 'Mark one notification as read or unread',
    params: notificationParams,
    body: markNotificationSchema.omit({ notificationId: true }),
    answer: { status: 204, description: 'Done' },
    refusals: [],
    example: { body: { read: true } },
  },
  dismissNotification: {
    method: 'POST',
    path: '/api/notifications/{id}/dismiss',
    summary: 'Dismiss one notification, or bring it back',
    params: notificationParams,
    body: dismissNotificationSchema.omit({ notificationId: true }),
    answer: { status: 204, description: 'Done' },
    refusals: [],
    example: { body: { dismissed: true } },
  },
});
