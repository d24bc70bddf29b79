'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import type { BaseModelId } from '@/lib/lora/rules/base-models';
import type { Verb } from '../verbs/verb-result';

export interface Choice {
  baseModel: BaseModelId;
  imageIds: string[];
}
export type SaveDraftVerb = Verb<{ baseModel: BaseModelId; imageIds: string[] }>;
export type SaveState = 'idle' | 'saving' | 'saved' | 'failed';

const restMs = 600;

/**
 * What the creator has chosen for the next training. It acts at once here and is kept on the server
 * after 600 ms of rest, so that a reload and another device show the same (AC-1).
 */
export function useTrainingChoice(initial: Choice, saveDraft: SaveDraftVerb) {
  const [choice, setChoice] = useState(initial);
  const [saveState, setSaveState] = useState<SaveState>('idle');
  const latest = useRef(choice);
  const dirty = useRef(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  /** Keeps what is chosen now; false when it could not be kept. */
  const save = useCallback(async (): Promise<boolean> => {
    clearTimeout(timer.current);
    const wanted = latest.current;
    dirty.current = false;
    setSaveState('saving');
    const result = await saveDraft(wanted).catch(() => null);
    const kept = result?.ok === true;
    if (!kept) dirty.current = true;
    if (latest.current === wanted) setSaveState(kept ? 'saved' : 'failed');
    return kept;
  }, [saveDraft]);

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

  useEffect(
    () => () => {
      clearTimeout(timer.current);
      if (dirty.current) void saveDraft(latest.current).catch(() => null);
    },
    [saveDraft],
  );

  return { choice, change, save, saveState };
}
