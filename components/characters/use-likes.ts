'use client';

import { useCallback, useRef, useState } from 'react';
import type { Verb } from '../verbs/verb-result';

export type LikeVerb = Verb<{ imageId: string; liked: boolean }, unknown>;

interface Likable {
  id: string;
  number: number;
  liked: boolean;
}

/** A heart that returned: `short` stands at its picture. */
interface FailedLike {
  imageId: string;
  short: string;
  sentence: string;
}

/**
 * Hearts answer at once. The last press wins, with one request in flight for each image; when it
 * is refused the heart returns and `failure` says which one. Without a connection hearts wait for it.
 */
export function useLikes(likeImage: LikeVerb) {
  const [wanted, setWanted] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [failed, setFailed] = useState<FailedLike | null>(null);
  const latest = useRef(new Map<string, boolean>());
  const sending = useRef(new Set<string>());
  const verb = useRef(likeImage);
  verb.current = likeImage;

  const isLiked = useCallback((image: Likable) => wanted.get(image.id) ?? image.liked, [wanted]);

  const toggle = useCallback(async (image: Likable) => {
    const { id, number } = image;
    const show = () => setWanted(new Map(latest.current));
    const before = latest.current.get(id) ?? image.liked;
    latest.current.set(id, !before);
    setFailed(null);
    show();
    if (sending.current.has(id)) return;
    sending.current.add(id);
    let kept = before;
    for (;;) {
      const liked = latest.current.get(id) ?? kept;
      const { onLine } = navigator;
      const result = await verb.current({ imageId: id, liked }).catch(() => null);
      // What was asked without a connection may learn of it when there is one again.
      if (result === null && !(onLine && navigator.onLine)) {
        await untilOnline();
        continue;
      }
      if (!result?.ok) {
        const short = `Couldn't ${liked ? 'like' : 'unlike'}`;
        latest.current.set(id, kept);
        setFailed({ imageId: id, short, sentence: `${short} image ${number}. Try again.` });
        show();
        break;
      }
      kept = liked;
      if (latest.current.get(id) === liked) break;
    }
    sending.current.delete(id);
  }, []);

  return { isLiked, toggle, failed, failure: failed?.sentence ?? null };
}

function untilOnline(): Promise<void> {
  return new Promise((resolve) => {
    if (navigator.onLine) resolve();
    else addEventListener('online', () => resolve(), { once: true });
  });
}
