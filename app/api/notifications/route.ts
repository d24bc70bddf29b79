import { creatorEndpoint } from '@/app/_server/creator-endpoint';
import { getInbox } from '@/lib/notifications/inbox.ts';

export const GET = creatorEndpoint<Record<string, never>>((user) => getInbox(user.id));
