'use client';

import { Check, RotateCw } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { joinClasses } from './join-classes';

interface PrintProps {
  /** Null while there is nothing to show yet: the cell keeps its place. */
  src: string | null;
  /** Empty where the name stands beside it or on the item around it. */
  alt: string;
  /** The small number under the picture. */
  frame?: number | string;
  /** After the frame number, at the end of the line: a heart, a state. */
  caption?: ReactNode;
  /** Chosen in the picker: ring, tick, and the picture a little smaller on the well. */
  chosen?: boolean;
  /** The whole picture instead of a crop to 4 : 5. */
  whole?: boolean;
  /** Loaded at once instead of when it comes near. For the first row. */
  eager?: boolean;
  /** Called before a failed picture is tried again, for a link that may have run out. */
  onRetry?: () => void;
  /** On top of the picture: `IconButton variant="plate"` in a corner. */
  children?: ReactNode;
  className?: string;
}

/** One picture as on a contact sheet: a 4 : 5 cell on the well, its number below. */
export function Print({
  src,
  alt,
  frame,
  caption,
  chosen = false,
  whole = false,
  eager = false,
  onRetry,
  children,
  className,
}: PrintProps) {
  const [failedSrc, setFailedSrc] = useState<string | null>(null);
  const [attempt, setAttempt] = useState(0);
  const failed = src !== null && failedSrc === src;

  return (
    <figure className={joinClasses('flex min-w-0 flex-col gap-1', className)}>
      <div
        data-failed={failed || undefined}
        className={joinClasses(
          'relative aspect-frame rounded-picture bg-well',
          chosen &&
            'shadow-[0_0_0_3px_var(--accent),inset_0_0_0_2px_var(--surface)] forced-colors:outline-3 forced-colors:outline-[Highlight]',
        )}
      >
        {failed ? (
          <div className="absolute inset-0 flex flex-col items-center justify-center gap-1 px-1 pt-8 text-center text-small text-ink-2 shadow-[inset_0_0_0_1px_var(--line)]">
            Didn't load
            <button
              type="button"
              className="relative z-[1] inline-flex min-h-target items-center gap-1 rounded-control px-1.5 font-medium whitespace-nowrap text-accent hover:bg-accent-soft [&>*]:pointer-events-none"
              onClick={(event) => {
                // A print that is pressed as a whole must not hear of it.
                event.stopPropagation();
                onRetry?.();
                setFailedSrc(null);
                setAttempt((count) => count + 1);
              }}
            >
              <RotateCw className="size-3.5" aria-hidden="true" />
              Try again
              {frame !== undefined && <span className="sr-only"> to load image {frame}</span>}
            </button>
          </div>
        ) : (
          src && (
            <img
              key={attempt}
              src={src}
              alt={alt}
              loading={eager ? 'eager' : 'lazy'}
              decoding="async"
              draggable={false}
              onError={() => setFailedSrc(src)}
              // What failed before the page's script ran has told nobody.
              ref={(image) => {
                if (image?.complete && image.currentSrc && image.naturalWidth === 0) {
                  setFailedSrc(src);
                }
              }}
              className={joinClasses(
                'absolute inset-0 size-full rounded-picture transition-transform duration-quick ease-quick motion-reduce:transition-none',
                whole ? 'object-contain' : 'object-cover',
                chosen && 'scale-94',
              )}
            />
          )
        )}
        {chosen && (
          <span
            aria-hidden="true"
            className="absolute top-1.5 left-1.5 flex size-6 items-center justify-center rounded-full bg-accent text-on-accent shadow-[0_0_0_2px_var(--surface)]"
          >
            <Check className="size-4" strokeWidth={2.5} />
          </span>
        )}
        {children}
      </div>
      {(frame !== undefined || caption) && (
        <figcaption className="flex min-h-4 items-center justify-between gap-2 text-frame text-ink-3 tabular-nums">
          {frame !== undefined && <span>{frame}</span>}
          {caption}
        </figcaption>
      )}
    </figure>
  );
}
