'use client';

import { useShownPending } from '../ui/use-shown-pending';
import type { SaveState } from './use-training-choice';

const quietForMs = 300;

/** Whether what was chosen is kept: said quietly, spoken only when it failed. */
export function SaveStateText({ state, onRetry }: { state: SaveState; onRetry: () => void }) {
  const saving = useShownPending(state === 'saving', quietForMs);
  return (
    <span className="text-small text-ink-3">
      {state === 'failed' ? (
        <span role="alert" className="text-bad">
          Not saved.{' '}
          <button type="button" onClick={onRetry} className="text-link min-h-target">
            Try again
          </button>
        </span>
      ) : saving ? (
        'Saving…'
      ) : state === 'saved' ? (
        'Saved'
      ) : null}
    </span>
  );
}
