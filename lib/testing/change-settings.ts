const state = globalThis as Record<string, unknown>;

/** Kept when settings change: what is open, and the log that a test may have caught. */
const kept = ['likenessDb', 'likenessQueue', 'likenessLog'];

/**
 * Changes what this process is told by its environment, until the test file ends. What was read of it
 * before is forgotten: something that an earlier file left behind may have looked already.
 */
export function changeSettings(change: Record<string, string>): void {
  Object.assign(process.env, change);
  for (const name of remembered()) if (!kept.includes(name)) delete state[name];
}

/** All that the application remembers in this process is kept under its name. */
export function remembered(): string[] {
  return Object.keys(state).filter((name) => name.startsWith('likeness'));
}
