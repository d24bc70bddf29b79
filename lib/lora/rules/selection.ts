/** Q3, decisions "Where it is silent": 5 images at least, 50 at most per training. */
export const minImages = 5;
export const maxImages = 50;

export interface SelectableImage {
  id: string;
  liked: boolean;
  inProfileSet: boolean;
}

/**
 * Which of a character's ready images can be trained on: the profile set and whatever is liked
 * (F6). The order given is kept.
 */
export function availableImages<T extends SelectableImage>(images: readonly T[]): T[] {
  return images.filter((image) => image.inProfileSet || image.liked);
}

/**
 * D4, the one preselection rule of picker, auto-start and server: the liked images when there are
 * at least 5 of them, otherwise every available image; never more than fit in one training.
 */
export function preselect(images: readonly SelectableImage[]): string[] {
  const available = availableImages(images);
  const liked = available.filter((image) => image.liked);
  return (liked.length >= minImages ? liked : available).slice(0, maxImages).map(({ id }) => id);
}

/** What is wrong with a number of chosen images, or null when it can be trained on. */
export function countProblem(
  count: number,
): { code: 'TOO_FEW_IMAGES'; missing: number } | { code: 'TOO_MANY_IMAGES'; over: number } | null {
  if (count < minImages) return { code: 'TOO_FEW_IMAGES', missing: minImages - count };
  if (count > maxImages) return { code: 'TOO_MANY_IMAGES', over: count - maxImages };
  return null;
}
