/** So long an unfinished upload can go on where it stopped; then the sweep removes it. */
export const keptMs = 24 * 60 * 60 * 1_000;
