import { useState } from 'react';
import { useHydrated } from './use-hydrated';

/** For `dangerouslySetInnerHTML`, with `suppressHydrationWarning`: React leaves the inside alone. */
export const leftAsServed = { __html: '' };

/**
 * Whether what the server drew may stay in the page as it is, without React building it a second time:
 * in the browser, from the start until one of `facts` is another. Never for what the browser draws by
 * itself, after a step from another page.
 */
export function useAsServed(...facts: readonly unknown[]): boolean {
  const hydrated = useHydrated();
  const [first, setFirst] = useState(hydrated ? null : facts);
  if (first === null) return false;
  if (facts.some((fact, index) => !Object.is(fact, first[index]))) {
    setFirst(null);
    return false;
  }
  return typeof window !== 'undefined';
}
