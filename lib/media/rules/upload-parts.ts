/** Up to here one PUT; above it in parts, so that a lost connection costs at most one of them. */
export const singlePutBytes = 8_000_000;
/** The least that a store takes for any part but the last. */
export const partBytes = 5 * 1024 ** 2;

export interface PlannedPart {
  /** From 1. */
  number: number;
  /** Where it begins in the file. */
  start: number;
  bytes: number;
}

/** A file of `bytes` in parts, in order, without a gap; the last is what is left. */
export function planParts(bytes: number): PlannedPart[] {
  return Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => {
    const start = index * partBytes;
    return { number: index + 1, start, bytes: Math.min(partBytes, bytes - start) };
  });
}
