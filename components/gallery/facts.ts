export const minutesMs = 60_000;
export const hoursMs = 60 * minutesMs;
export const daysMs = 24 * hoursMs;

/** The gallery's own beginning: every instant in it lies so far from here. */
const now = Date.now();

/** An instant so long after now; before it, when negative. */
export function instant(offsetMs: number): string {
  return new Date(now + offsetMs).toISOString();
}

const kinds = { character: 1, image: 2, training: 3, sample: 4, notice: 5, other: 6 } as const;

/** A UUID of its own for the nth of a kind. */
export function idOf(kind: keyof typeof kinds, number: number): string {
  return `00000000-0000-4000-800${kinds[kind]}-${String(number).padStart(12, '0')}`;
}

/** A drawn portrait, another one for each number; every seventh is white, every eleventh black. */
export function pictureUrl(number: number): string {
  return `/gallery/pictures/${number}`;
}

/**
 * An id for components that make a picture's address from it: below `/api/images/` it leads to the
 * drawn portrait of that number, so that nothing needs a store.
 */
export function drawnId(number: number): string {
  return `../../gallery/pictures/${number}`;
}

/** What no browser can read: the picture fails without anything being asked for. */
export const brokenPictureUrl = 'data:image/png;base64,AAAA';
