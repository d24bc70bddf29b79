'use client';

import { useCallback, useRef, useState } from 'react';
import type { Refusal, Verb, VerbResult } from './verb-result';

/** The request got no answer: we know nothing about what was done, so nothing is claimed. */
const noAnswer: Refusal = {
  code: 'INTERNAL',
  sentence: 'Likeness could not be reached.',
  wayOut: 'Check the connection and try again',
  details: {},
};

/**
 * Runs a verb once at a time: a second press while the first is on its way does nothing. What was
 * refused stays until the next run.
 */
export function useVerb<Input, Value>(verb: Verb<Input, Value>) {
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const running = useRef(false);

  const run = useCallback(
    async (input: Input): Promise<VerbResult<Value> | null> => {
      if (running.current) return null;
      running.current = true;
      setPending(true);
      setRefusal(null);
      const result: VerbResult<Value> = await verb(input).catch(() => ({
        ok: false as const,
        refusal: noAnswer,
      }));
      running.current = false;
      setPending(false);
      if (!result.ok) setRefusal(result.refusal);
      return result;
    },
    [verb],
  );

  const forget = useCallback(() => setRefusal(null), []);
  return { run, pending, refusal, forget };
}
