import type { Choice } from './choice';

/**
 * What this tab has saved of each character, with the version the server gave it. A page that the
 * browser brings back shows what was true when it was made; what is kept here is newer.
 */
interface Kept {
  draft?: { value: Choice; version: string };
  switches: Map<string, { value: boolean; version: string }>;
}
const byCharacter = new Map<string, Kept>();

function keptOf(characterId: string): Kept {
  const known = byCharacter.get(characterId);
  if (known) return known;
  const fresh: Kept = { switches: new Map() };
  byCharacter.set(characterId, fresh);
  return fresh;
}

/** Newer than every version the server gives: its save is still on its way. */
const onItsWay = '~';

/** Notes what is chosen; without the server's version, as newer than anything it has said. */
export function keepDraft(characterId: string, value: Choice, version: string = onItsWay): void {
  keptOf(characterId).draft = { value, version };
}

/** The draft saved here last, when the page knows less. */
export function newerDraft(characterId: string, version: string): Choice | null {
  const draft = byCharacter.get(characterId)?.draft;
  return draft && draft.version > version ? draft.value : null;
}

export function keepSwitch(
  characterId: string,
  name: string,
  kept: { value: boolean; version: string },
): void {
  keptOf(characterId).switches.set(name, kept);
}

export function keptSwitch(characterId: string, name: string) {
  return byCharacter.get(characterId)?.switches.get(name) ?? null;
}
