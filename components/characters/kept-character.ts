const key = 'likeness.new-influencer';

interface KeptCharacter {
  name: string;
  look: string;
  /** Names the making of them: sent twice, it is the same influencer. */
  requestId: string;
}

/**
 * What is being typed about somebody who is not on the server yet, kept in this tab: a page that
 * failed, a reload and coming back find it again. Without storage there is just nothing to find.
 */
export function keepNewCharacter(kept: KeptCharacter): void {
  try {
    sessionStorage.setItem(key, JSON.stringify(kept));
  } catch {
    // Full, or forbidden by the browser.
  }
}

export function keptNewCharacter(): KeptCharacter | null {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    return isKept(kept) ? kept : null;
  } catch {
    return null;
  }
}

export function forgetNewCharacter(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // As above.
  }
}

function isKept(value: unknown): value is KeptCharacter {
  if (typeof value !== 'object' || value === null) return false;
  return ['name', 'look', 'requestId'].every(
    (field) => typeof (value as Record<string, unknown>)[field] === 'string',
  );
}
