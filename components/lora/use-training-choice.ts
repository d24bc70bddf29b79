'use client';

import { useCallback, useEffect, useRef, useState } from 'react';
import type { Verb } from '../verbs/verb-result';
import type { Choice } from './choice';
import { keepDraft, newerDraft } from './kept-choices';

export type SaveDraftVerb = Verb<Choice & { characterId: string }, { version: string }>;
export type SaveState = 'idle' | 'saving' | 'saved' | 'failed';

const restMs = 600;

/** What the server says is chosen, and how new that is. */
export interface ServerChoice {
  choice: Choice;
  version: string;
  /** Another word here, and what the server proposes is taken even where nothing was saved. */
  occasion: string;
  /** It was saved by somebody; otherwise the server proposes it. */
  saved: boolean;
}

/**
 * What the creator has chosen for the next training. It acts at once here and is kept on the server
 * after 600 ms of rest, so that a reload and another device show the same (AC-1). What another tab
 * has saved since is taken over, unless something newer is on its way from here.
 */
export function useTrainingChoice(
  characterId: string,
  server: ServerChoice,
  saveDraft: SaveDraftVerb,
) {
  const [choice, setChoice] = useState(
    () => newerDraft(characterId, server.version) ?? server.choice,
  );
  const [saveState, setSaveState] = useState<SaveState>('idle');
  const latest = useRef(choice);
  const dirty = useRef(false);
  const savedVersion = useRef('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const verb = useRef(saveDraft);
  verb.current = saveDraft;

  /** Keeps what is chosen now; false when it could not be kept. */
  const save = useCallback(async (): Promise<boolean> => {
    clearTimeout(timer.current);
    const wanted = latest.current;
    dirty.current = true;
    setSaveState('saving');
    const result = await verb.current({ characterId, ...wanted }).catch(() => null);
    const kept = result?.ok === true;
    if (result?.ok) {
      savedVersion.current = result.value.version;
      keepDraft(characterId, wanted, result.value.version);
    }
    if (latest.current === wanted) {
      dirty.current = !kept;
      setSaveState(kept ? 'saved' : 'failed');
    }
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

  /** The training has begun with it: there is nothing left to keep. */
  const settle = useCallback(() => {
    clearTimeout(timer.current);
    dirty.current = false;
    setSaveState('idle');
  }, []);

  const told = useRef({ key: keyOf(server.choice), occasion: server.occasion });
  useEffect(() => {
    const now = { key: keyOf(server.choice), occasion: server.occasion };
    const before = told.current;
    told.current = now;
    const moved = now.occasion !== before.occasion;
    if (now.key === before.key && !moved) return;
    if (dirty.current || server.version <= savedVersion.current) return;
    if (!server.saved && !moved) return;
    latest.current = server.choice;
    setChoice(server.choice);
    setSaveState('idle');
  }, [server]);

  // Leaving the page in the moment of rest loses nothing.
  useEffect(
    () => () => {
      if (!dirty.current) return;
      // Whoever comes back before the answer finds it all the same.
      keepDraft(characterId, latest.current);
      void save();
    },
    [characterId, save],
  );

  return { choice, change, save, settle, saveState };
}

function keyOf({ baseModel, imageIds }: Choice): string {
  return [baseModel, ...imageIds].join();
}
