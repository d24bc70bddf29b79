import type { ImageView } from '@/lib/characters/image-view';
import type { TrainingRecord } from '@/lib/lora/get-training-record';
import type { TrainingStatusView } from '@/lib/lora/get-training-status';
import type { GalleryItem } from '@/lib/studio/gallery-item';
import type { Inbox } from '../notifications/inbox-state';

/** What the server would say to the questions that components ask by themselves. */
export interface Answers {
  /** A function where it depends on what the creator has done by then. */
  status?: TrainingStatusView | (() => TrainingStatusView);
  record?: TrainingRecord;
  inbox?: Inbox;
  images?: readonly ImageView[];
  gallery?: readonly GalleryItem[];
}

export const nothingInside: Inbox = {
  unreadCount: 0,
  totalCount: 0,
  trainingOpen: false,
  notifications: [],
  nextBefore: null,
};

/**
 * Answers this tab's questions to our API instead of the server, until the returned function is
 * called. What is not answered is refused as if the server were in trouble; pages are let through.
 */
export function standInForServer(answers: Answers): () => void {
  const real = window.fetch;
  window.fetch = async (input, init) => {
    const asked = input instanceof Request ? input.url : String(input);
    const { pathname } = new URL(asked, location.href);
    if (!pathname.startsWith('/api/')) return real(input, init);
    const answer = answerTo(pathname, answers);
    return answer === undefined ? Response.json({}, { status: 503 }) : Response.json(answer);
  };
  return () => {
    window.fetch = real;
  };
}

function answerTo(pathname: string, answers: Answers): unknown {
  if (pathname === '/api/notifications') return answers.inbox;
  if (pathname.endsWith('/lora/status')) {
    return typeof answers.status === 'function' ? answers.status() : answers.status;
  }
  if (pathname.endsWith('/record')) return answers.record;
  if (pathname.endsWith('/images')) return answers.images && { images: answers.images };
  if (pathname.endsWith('/gallery')) {
    return answers.gallery && { items: answers.gallery, nextBefore: null };
  }
  return undefined;
}
