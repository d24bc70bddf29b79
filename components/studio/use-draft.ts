'use client';

import { useCallback, useEffect, useState } from 'react';
import { type ImageModelId, imageModelIds } from '@/lib/lora/rules/base-models';
import { maxPromptLength, type PictureCount, pictureCounts } from '@/lib/studio/rules/limits';

export interface Draft {
  prompt: string;
  baseModel: ImageModelId;
  count: PictureCount;
}

/**
 * What the creator last typed and chose for this character, kept on this device: a reload or a page
 * error takes nothing away.
 */
export function useDraft(characterId: string, first: Draft, choosable: readonly ImageModelId[]) {
  const key = `studio-draft:${characterId}`;
  const [draft, setDraft] = useState(first);

  // Once, when the page is there: what is typed later counts more than what was kept.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const kept = read(key);
    setDraft((shown) => ({
      prompt: shown.prompt || (kept.prompt ?? ''),
      baseModel: choosable.find((id) => id === kept.baseModel) ?? shown.baseModel,
      count: kept.count ?? shown.count,
    }));
  }, [key]);

  const change = useCallback(
    (changes: Partial<Draft>) =>
      setDraft((before) => {
        const next = { ...before, ...changes };
        keep(key, next);
        return next;
      }),
    [key],
  );

  return [draft, change] as const;
}

function read(key: string): Partial<Draft> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    if (!kept || typeof kept !== 'object') return {};
    const { prompt, baseModel, count } = kept as Record<string, unknown>;
    return {
      prompt: typeof prompt === 'string' ? prompt.slice(0, maxPromptLength) : undefined,
      baseModel: imageModelIds.find((id) => id === baseModel),
      count: pictureCounts.find((known) => known === count),
    };
  } catch {
    return {};
  }
}

function keep(key: string, draft: Draft): void {
  try {
    localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // A browser that keeps nothing: the draft lives as long as the page.
  }
}
