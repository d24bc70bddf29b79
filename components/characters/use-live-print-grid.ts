'use client';

import { startTransition, useCallback, useEffect, useState } from 'react';

type LivePrintGrid = typeof import('./live-print-grid').LivePrintGrid;

/** Once it is here, the next sheet starts with it. */
let loaded: LivePrintGrid | null = null;

const signsOfLife = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/** Without any sign, for whoever reads the page by other means. */
const anywayAfterMs = 4_000;

/**
 * The grid's script, which is a third of a page's: fetched with the first sign that somebody is
 * there, or when the sheet gets the focus. When it cannot be fetched, the next sign tries again.
 */
export function useLivePrintGrid() {
  const [Live, setLive] = useState<LivePrintGrid | null>(() => loaded);

  const load = useCallback(async () => {
    const module = await import('./live-print-grid').catch(() => null);
    if (!module) return;
    loaded = module.LivePrintGrid;
    startTransition(() => setLive(() => module.LivePrintGrid));
  }, []);

  useEffect(() => {
    if (Live) return;
    if (navigator.userActivation?.hasBeenActive) {
      void load();
      return;
    }
    const timer = setTimeout(load, anywayAfterMs);
    for (const sign of signsOfLife) addEventListener(sign, load, { passive: true });
    return () => {
      clearTimeout(timer);
      for (const sign of signsOfLife) removeEventListener(sign, load);
    };
  }, [Live, load]);

  return { Live, load };
}
