'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import type { BaseModelId } from '@/lib/lora/rules/base-models';
import type { Verb } from '../verbs/verb-result';

export interface Choice {
  baseModel: BaseModelId;
  imageIds: string[];
}
export type SaveDraftVerb = Verb<Choice & { characterId: string }>;
export type SaveState = 'idle' | 'saving' | 'saved' | 'failed';

const restMs = 600;

/**
 * What the creator has chosen for the next training. It acts at once here and is kept on the server
 * after 600 ms of rest, so that a reload and another device show the same (AC-1).
 */
export function useTrainingChoice(characterId: string, initial: Choice, saveDraft: SaveDraftVerb) {
  const [choice, setChoice] = useState(initial);
  const [saveState, setSaveState] = useState<SaveState>('idle');
  const latest = useRef(choice);
  const dirty = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const verb = useRef(saveDraft);
  verb.current = saveDraft;

  /** Keeps what is chosen now; false when it could not be kept. */
  const save = useCallback(async (): Promise<boolean> => {
    clearTimeout(timer.current);
    const wanted = latest.current;
    dirty.current = false;
    setSaveState('saving');
    const result = await verb.current({ characterId, ...wanted }).catch(() => null);
    const kept = result?.ok === true;
    if (!kept) dirty.current = true;
    if (latest.current === wanted) setSaveState(kept ? 'saved' : 'failed');
    return kept;
  }, [characterId]);

  const change = useCallback(
    (part: Partial<Choice>) => {
      latest.current = { ...latest.current, ...part };
      dirty.current = true;
      setChoice(latest.current);
      clearTimeout(timer.current);
      timer.current = setTimeout(save, restMs);
    },
    [save],
  );

  // Leaving the page in the moment of rest loses nothing.
  useEffect(
    () => () => {
      if (dirty.current) void save();
    },
    [save],
  );

  return { choice, change, save, saveState };
}
