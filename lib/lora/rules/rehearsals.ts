/**
 * Failures that can be asked for by hand and in tests: a character with one of these names makes
 * the sandbox GPU behave badly in that one way. Real workers ignore the tag.
 */
export const rehearsalTags = [
  /** Has no free GPU, ever. */
  'no-capacity',
  /** Stops making steps at 40 % and goes silent while it keeps running. */
  'stall',
  /** Sends every event twice, in the wrong order. */
  'duplicate-callbacks',
  /** Runs out of memory at 30 %. */
  'out-of-memory',
  /** Reports success with a file that is not safetensors. */
  'broken-file',
  /** Trains, but never calls back. */
  'mute',
] as const;
export type Rehearsal = (typeof rehearsalTags)[number];

const rehearsalByName: ReadonlyMap<string, Rehearsal> = new Map([
  ['nocap nora', 'no-capacity'],
  ['slow sam', 'stall'],
  ['twice tess', 'duplicate-callbacks'],
  ['oom otto', 'out-of-memory'],
  ['bad bella', 'broken-file'],
  ['mute mia', 'mute'],
]);

/** The rehearsal a character's name asks for (the whole name, in any case), or null. */
export function rehearsalFor(characterName: string): Rehearsal | null {
  return rehearsalByName.get(characterName.toLowerCase()) ?? null;
}
