/** What the newest model was taught from. */
export interface TaughtWith {
  /** When its training was started: its images were frozen then. */
  startedAt: Date;
  imageIds: Iterable<string>;
}

/**
 * The liked images a model has yet to learn (AC-5): liked after its training was started, not among
 * what it was taught from, and liked after the creator last waved such news away. None without a
 * model. The order given is kept.
 */
export function newLikes<T extends { id: string; likedAt: Date | null }>(
  images: readonly T[],
  model: TaughtWith | null,
  dismissedAt: Date | null,
): T[] {
  if (!model) return [];
  const known = new Set(model.imageIds);
  const since = Math.max(model.startedAt.getTime(), dismissedAt?.getTime() ?? 0);
  return images.filter(
    ({ id, likedAt }) => likedAt !== null && likedAt.getTime() > since && !known.has(id),
  );
}
