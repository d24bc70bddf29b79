'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState } from 'react';
import type { TrainableImage, TrainingPanelView } from '@/lib/lora/get-training-panel';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

/**
 * How many liked images the newest model has yet to learn, hearts pressed on this page included, and
 * the way to wave that news away. Dismissing acts at once and comes back when it was refused.
 */
export function useNewLikes(
  panel: TrainingPanelView,
  isLiked: (image: TrainableImage) => boolean,
  dismissNewLikes: Verb<{ characterId: string }>,
) {
  const router = useRouter();
  const { images, lastReady, newLikedImageIds, character } = panel;
  const { run, refusal } = useVerb(dismissNewLikes);
  const [dismissed, setDismissed] = useState<ReadonlySet<string> | null>(null);

  const known = new Set(newLikedImageIds);
  const news = images.filter(
    (image) =>
      isLiked(image) &&
      (known.has(image.id) ||
        // Liked here just now: the server has not said so yet.
        (!image.liked && image.newSinceLastTraining && lastReady !== null && !lastReady.expired)),
  );

  // The page has been read anew since: what it names is news again.
  useEffect(() => {
    if (newLikedImageIds.length === 0) setDismissed(null);
  }, [newLikedImageIds]);

  async function dismiss() {
    setDismissed(new Set(news.map(({ id }) => id)));
    const result = await run({ characterId: character.id });
    if (result?.ok) router.refresh();
    else if (result) setDismissed(null);
  }

  return {
    count: news.filter(({ id }) => !dismissed?.has(id)).length,
    dismiss,
    refusal,
  };
}
