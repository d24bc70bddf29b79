import { printsBetween } from './choose-prints';

/**
 * Which prints a click would take in while Shift is held: from where the range would begin to the
 * print under the pointer. A store of its own, so that only prints whose answer changes render anew.
 */
export function createRangeHint() {
  const listeners = new Set<() => void>();
  let order: readonly string[] = [];
  let anchorId: string | null = null;
  let overId: string | null = null;
  let extending = false;
  let hinted: ReadonlySet<string> = new Set();

  function update() {
    const next = extending && overId !== null ? printsBetween(order, anchorId, overId) : [];
    if (next.length === 0 && hinted.size === 0) return;
    hinted = new Set(next);
    for (const listener of listeners) listener();
  }

  return {
    subscribe(listener: () => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    has: (id: string) => hinted.has(id),
    /** The pointer is over this print, or over none. */
    over(id: string | null) {
      overId = id;
      update();
    },
    /** Shift is held, or not. */
    extend(held: boolean) {
      extending = held;
      update();
    },
    /** Where a range would begin now, and how the prints stand. */
    begin(id: string | null, ids: readonly string[]) {
      anchorId = id;
      order = ids;
      update();
    },
  };
}

export type RangeHint = ReturnType<typeof createRangeHint>;
