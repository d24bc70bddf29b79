'use client';

import { useCallback, useRef, useState } from 'react';
import type { SavePreferences } from '@/lib/lora/rules/schemas';
import type { Refusal, Verb } from '../verbs/verb-result';
import { keepSwitch, keptSwitch } from './kept-choices';
import type { SaveState } from './use-training-choice';

export type SavePreferencesVerb = Verb<SavePreferences, { version: string }>;

interface PreferenceOptions {
  characterId: string;
  /** What names it in this tab's memory. */
  name: string;
  /** What the server says, and how new that is. */
  value: boolean;
  version: string;
  /** What saving it means. */
  toInput: (wanted: boolean) => Omit<SavePreferences, 'characterId'>;
  savePreferences: SavePreferencesVerb;
}

/**
 * One switch that saves at once. The last press wins, with one request in flight; when it is refused
 * the switch goes back to what the server has. A page that knows less than what was saved here never
 * undoes it, one that knows more (saved in another tab) does.
 */
export function usePreference({
  characterId,
  name,
  value,
  version,
  toInput,
  savePreferences,
}: PreferenceOptions) {
  const [own, setOwn] = useState<{ value: boolean; version: string | null } | null>(() =>
    keptSwitch(characterId, name),
  );
  const [state, setState] = useState<SaveState>('idle');
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const wanted = useRef<boolean | null>(null);
  const sending = useRef(false);
  const run = useRef({ toInput, savePreferences });
  run.current = { toInput, savePreferences };

  const ahead = own !== null && (own.version === null || own.version >= version);
  const shown = ahead ? own.value : value;

  const change = useCallback(
    async (next: boolean) => {
      wanted.current = next;
      setOwn({ value: next, version: null });
      setState('saving');
      setRefusal(null);
      if (sending.current) return;
      sending.current = true;
      for (;;) {
        const asked: boolean = wanted.current ?? next;
        const input = { characterId, ...run.current.toInput(asked) };
        const result = await run.current.savePreferences(input).catch(() => null);
        if (!result?.ok) {
          setOwn(keptSwitch(characterId, name));
          setRefusal(result?.refusal ?? null);
          setState('failed');
          break;
        }
        const kept = { value: asked, version: result.value.version };
        keepSwitch(characterId, name, kept);
        if (wanted.current === asked) {
          setOwn(kept);
          setState('saved');
          break;
        }
      }
      sending.current = false;
    },
    [characterId, name],
  );

  return { value: shown, change, state, refusal };
}
