'use client';

import { type ReactNode, useEffect, useRef, useState } from 'react';
import { joinClasses } from './join-classes';

/** What is said when a script does not come. */
export const notLoaded = "Couldn't load this. Check your connection and try again.";

interface LaterProps<Part> {
  /** Fetches the part; always the same function. */
  load: () => Promise<Part>;
  /** It is to be seen. False: it is not, and only what became of the last press is said. */
  wanted?: boolean;
  /** It could not be fetched: takes the press back, so that the next one asks again. */
  onFailed?: () => void;
  /** Of the sentence. */
  className?: string;
  children: (part: Part) => ReactNode;
}

/**
 * A part whose script comes when it is first wanted. When it cannot be fetched the page goes on, and
 * says so in a sentence.
 */
export function Later<Part>({
  load,
  wanted = true,
  onFailed,
  className,
  children,
}: LaterProps<Part>) {
  const [part, setPart] = useState<Part | null>(null);
  const [failed, setFailed] = useState(false);
  const takeBack = useRef(onFailed);
  takeBack.current = onFailed;

  useEffect(() => {
    if (!wanted) return;
    let left = false;
    setFailed(false);
    load().then(
      (loaded) => {
        if (!left) setPart(() => loaded);
      },
      () => {
        if (left) return;
        setFailed(true);
        takeBack.current?.();
      },
    );
    return () => {
      left = true;
    };
  }, [load, wanted]);

  if (wanted && part) return children(part);
  if (!failed) return null;
  return (
    <span role="alert" className={joinClasses('block text-small text-bad', className)}>
      {notLoaded}
    </span>
  );
}
