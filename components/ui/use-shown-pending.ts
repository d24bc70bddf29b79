import { useEffect, useRef, useState } from 'react';

const appearAfterMs = 200;
const stayForMs = 400;

/**
 * Whether to show that something is pending: not for the first 200 ms (or `afterMs`), so that quick answers do not
 * flicker, and once shown for at least 400 ms.
 */
export function useShownPending(pending: boolean, afterMs = appearAfterMs): boolean {
  const [shown, setShown] = useState(false);
  const shownSince = useRef(0);

  useEffect(() => {
    if (pending === shown) return;
    const waitMs = pending
      ? afterMs
      : Math.max(0, shownSince.current + stayForMs - performance.now());
    const timer = setTimeout(() => {
      if (pending) shownSince.current = performance.now();
      setShown(pending);
    }, waitMs);
    return () => clearTimeout(timer);
  }, [pending, shown, afterMs]);

  return shown;
}
