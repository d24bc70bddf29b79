'use client';

import { ImageIcon, RotateCw, X } from 'lucide-react';
import { wordError } from '@/lib/error-messages';
import { formatDuration } from '@/lib/format';
import type { GalleryItem } from '@/lib/studio/gallery-item';
import { useNow } from '../lora/use-now';
import { joinClasses } from '../ui/join-classes';
import { Spinner } from '../ui/spinner';

/** What stands in the place of a picture that is in the works: its prompt and how long it has been. */
export function MakingCell({ item }: { item: GalleryItem }) {
  const now = useNow(1_000);
  const waitedMs = now ? Math.max(0, now.getTime() - Date.parse(item.createdAt)) : 0;
  return (
    <span className="absolute inset-0 flex flex-col justify-between gap-1 overflow-hidden rounded-picture p-2 text-left text-frame text-ink-2 shadow-[inset_0_0_0_1px_var(--line)]">
      <span className="line-clamp-5 min-h-0 break-words" dir="auto">
        {item.prompt}
      </span>
      <span className="flex flex-none items-center gap-1.5 text-ink-3 tabular-nums">
        <Spinner className="size-3" />
        {now ? formatDuration(waitedMs) : null}
      </span>
    </span>
  );
}

interface FailedCellProps {
  item: GalleryItem;
  /** Why it could not even be tried again. */
  trouble: string | null;
  pending: boolean;
  onRetry: () => void;
  /** Of a copy: shows the picture that is there already, if it is at hand. */
  onShow: (() => void) | null;
  onRemove: () => void;
}

/** The place of a picture that was not made: why, and the ways on. */
export function FailedCell({ item, trouble, pending, onRetry, onShow, onRemove }: FailedCellProps) {
  const words = item.failure && wordError(item.failure.code, item.failure.details);
  const isCopy = item.failure?.code === 'ALREADY_HERE';
  const look =
    'relative inline-flex min-h-target max-w-full items-center gap-1 rounded-control px-1.5 text-frame font-medium [&>svg]:size-3.5 [&>svg]:flex-none';
  return (
    <span className="absolute inset-0 flex flex-col items-center justify-center gap-0.5 overflow-hidden rounded-picture p-1 text-center text-frame text-ink-2 shadow-[inset_0_0_0_1px_var(--line)]">
      <span className="line-clamp-3 min-h-0">{trouble ?? words?.sentence}</span>
      {onShow && (
        <button
          type="button"
          onClick={(event) => {
            event.stopPropagation();
            onShow();
          }}
          className={joinClasses(look, 'text-accent hover:bg-accent-soft')}
        >
          <ImageIcon aria-hidden="true" />
          {words?.wayOut}
        </button>
      )}
      {!isCopy && (
        <button
          type="button"
          aria-busy={pending || undefined}
          onClick={(event) => {
            event.stopPropagation();
            if (!pending) onRetry();
          }}
          className={joinClasses(look, 'text-accent hover:bg-accent-soft')}
        >
          {pending ? <Spinner className="size-3" /> : <RotateCw aria-hidden="true" />}
          Try again<span className="sr-only"> to make image {item.number}</span>
        </button>
      )}
      <button
        type="button"
        onClick={(event) => {
          event.stopPropagation();
          if (!pending) onRemove();
        }}
        className={joinClasses(look, 'text-ink-2 hover:bg-line')}
      >
        <X aria-hidden="true" />
        Remove<span className="sr-only"> image {item.number}</span>
      </button>
    </span>
  );
}
