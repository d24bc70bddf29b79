'use client';

import { useEffect, useRef, useState } from 'react';
import { undoOfferedMs } from '@/lib/characters/rules/undo';
import { Button } from '../ui/button';
import { joinClasses } from '../ui/join-classes';

interface UndoLineProps {
  number: number;
  pending: boolean;
  /** Why it did not come back. */
  failure: string | null;
  onUndo: () => void;
  onOver: () => void;
  className?: string;
}

/** "Image 12 deleted. Undo": ten seconds, and as long as the pointer or the focus is on it. */
export function UndoLine({ number, pending, failure, onUndo, onOver, className }: UndoLineProps) {
  const [held, setHeld] = useState(false);
  const over = useRef(onOver);
  over.current = onOver;

  useEffect(() => {
    if (held || pending) return;
    const timer = setTimeout(() => over.current(), undoOfferedMs);
    return () => clearTimeout(timer);
  }, [held, pending]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only waits longer
    <div
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
      className={joinClasses(
        'flex items-center justify-between gap-4 rounded-control border border-line bg-raised py-1 pr-1 pl-4 shadow-popover',
        className,
      )}
    >
      <p role="status" className="min-w-0">
        {failure ?? `Image ${number} deleted.`}
      </p>
      {!failure && (
        <Button variant="quiet" pending={pending} onClick={onUndo}>
          Undo
        </Button>
      )}
    </div>
  );
}
