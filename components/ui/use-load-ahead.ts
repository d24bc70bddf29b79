import { useEffect } from 'react';

const atRestAfterMs = 2_000;

/**
 * Fetches a script that a press will need, once the page has come to rest: the press does not wait,
 * and works without a connection. What cannot be fetched now is fetched at the press. `load` is
 * always the same function.
 */
export function useLoadAhead(load: () => Promise<unknown>): void {
  useEffect(() => {
    const timer = setTimeout(() => void load().catch(() => {}), atRestAfterMs);
    return () => clearTimeout(timer);
  }, [load]);
}
