/** Decoded pictures take up to 200 MB each, so only this many are open in one process at a time. */
const slotCount = 2;

interface Slots {
  free: number;
  waiting: (() => void)[];
}

const shared = globalThis as { likenessDecodeSlots?: Slots };

/** Runs `work` when one of the process' decode slots is free, in the order of asking. */
export async function inDecodeSlot<T>(work: () => Promise<T>): Promise<T> {
  shared.likenessDecodeSlots ??= { free: slotCount, waiting: [] };
  const slots = shared.likenessDecodeSlots;
  if (slots.free > 0) slots.free -= 1;
  else await new Promise<void>((resolve) => slots.waiting.push(resolve));
  try {
    return await work();
  } finally {
    // A slot goes from hand to hand; only one that nobody waits for becomes free.
    const next = slots.waiting.shift();
    if (next) next();
    else slots.free += 1;
  }
}
