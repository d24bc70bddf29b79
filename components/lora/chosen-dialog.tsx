'use client';

import { useEffect, useRef, useState } from 'react';
import { formatCount } from '@/lib/format';
import type { TrainableImage } from '@/lib/lora/get-training-panel';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';

export interface ChosenImagesProps {
  images: readonly TrainableImage[];
  imageIds: readonly string[];
  onSelect: (imageIds: string[]) => void;
}

/** What is chosen, line by line, each with the way to take it off. */
export function ChosenDialog({
  images,
  imageIds,
  onSelect,
  onClose,
}: ChosenImagesProps & { onClose: () => void }) {
  const [removed, setRemoved] = useState<{ image: TrainableImage; before: string[] } | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const undo = useRef<HTMLButtonElement>(null);
  const focusAt = useRef<number | null>(null);
  const selected = new Set(imageIds);
  const chosen = images.filter(({ id }) => selected.has(id));

  // After a removal the next one has the focus, at the end the one before it.
  useEffect(() => {
    const at = focusAt.current;
    if (at === null) return;
    focusAt.current = null;
    const buttons = list.current?.querySelectorAll('button') ?? [];
    (buttons[Math.min(at, buttons.length - 1)] ?? undo.current)?.focus();
  });

  return (
    <Dialog open onClose={onClose} title="Chosen images">
      <div className="flex min-h-target flex-wrap items-center gap-x-3 text-small text-ink-2">
        <span role="status">
          {removed
            ? `Image ${removed.image.number} removed. ${formatCount(chosen.length, 'image')} chosen.`
            : `${formatCount(chosen.length, 'image')} chosen.`}
        </span>
        {removed && (
          <button
            ref={undo}
            type="button"
            className="min-h-target text-link"
            onClick={() => {
              focusAt.current = chosen.filter(({ number }) => number < removed.image.number).length;
              onSelect([...new Set([...removed.before, ...imageIds])]);
              setRemoved(null);
            }}
          >
            Undo
          </button>
        )}
      </div>
      {chosen.length > 0 && (
        <ul ref={list} className="mt-2 divide-y divide-line">
          {chosen.map((image, at) => (
            <li key={image.id} className="flex items-center gap-3 py-2">
              <img
                src={image.thumbnailUrl}
                alt=""
                width={48}
                height={60}
                loading="lazy"
                className="h-15 w-12 flex-none rounded-picture bg-well object-cover"
              />
              <span className="min-w-0 flex-1">
                <span className="block font-medium tabular-nums">Image {image.number}</span>
                {image.caption && (
                  <span className="block text-small wrap-anywhere text-ink-2">
                    <bdi>{image.caption}</bdi>
                  </span>
                )}
              </span>
              <Button
                size="small"
                variant="quiet"
                aria-label={`Remove image ${image.number}`}
                onClick={() => {
                  focusAt.current = at;
                  setRemoved({ image, before: [...imageIds] });
                  onSelect(imageIds.filter((id) => id !== image.id));
                }}
              >
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
