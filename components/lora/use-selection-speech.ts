'use client';

import { useEffect, useRef, useState } from 'react';
import { speakSelection, wordSelection } from './selection-words';

const restMs = 1_500;

/**
 * What a polite region says about the selection: at once around the minimum, the price only after
 * 1.5 s of rest, nothing at first.
 */
export function useSelectionSpeech(count: number, price: string): string {
  const [speech, setSpeech] = useState('');
  const said = useRef({ count, price });

  useEffect(() => {
    const before = said.current;
    if (before.count === count && before.price === price) return;
    const now = before.count === count ? null : speakSelection(before.count, count);
    const timer = setTimeout(
      () => {
        said.current = { count, price };
        setSpeech(now ?? wordSelection(count, price));
      },
      now === null ? restMs : 0,
    );
    return () => clearTimeout(timer);
  }, [count, price]);

  return speech;
}
