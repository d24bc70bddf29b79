'use client';

import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { formatCount } from '@/lib/format';
import type { TrainableImage } from '@/lib/lora/get-training-panel';
import { maxImages } from '@/lib/lora/rules/selection';
import { panelSheetClasses } from '../characters/panel-sheet';
import type { useLikes } from '../characters/use-likes';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { PickerCell } from './picker-cell';
import { selectionFullSentence } from './selection-summary';
import { useSelectionSpeech } from './use-selection-speech';

const filters = [
  { id: 'all', label: 'All' },
  { id: 'liked', label: 'Liked' },
  { id: 'chosen', label: 'Chosen' },
] as const;
type FilterId = (typeof filters)[number]['id'];

/** Rendered at once; beyond it the rest comes when asked for. */
const pageSize = 60;

interface ImagePickerProps {
  images: readonly TrainableImage[];
  selectedIds: readonly string[];
  onSelect: (imageIds: string[]) => void;
  likes: ReturnType<typeof useLikes>;
  /** "27,000 credits" or "free": spoken with the count. */
  price: string;
  /** Where more pictures come from: a link or a button. */
  addImages: ReactNode;
}

/**
 * Which pictures a training gets: a list of native checkboxes, each a print with a heart. Choosing
 * acts at once; a filter never unselects (F6, AC-6).
 */
export function ImagePicker({
  images,
  selectedIds,
  onSelect,
  likes,
  price,
  addImages,
}: ImagePickerProps) {
  const [filter, setFilter] = useState<FilterId>('all');
  const [shownCount, setShownCount] = useState(pageSize);
  const [refusedFull, setRefusedFull] = useState(false);
  const lastToggled = useRef<string | null>(null);

  const selected = useMemo(() => new Set(selectedIds), [selectedIds]);
  const { isLiked } = likes;
  const groups: Record<FilterId, readonly TrainableImage[]> = {
    all: images,
    liked: images.filter(isLiked),
    chosen: images.filter(({ id }) => selected.has(id)),
  };
  const inFilter = groups[filter];
  const shown = inFilter.slice(0, shownCount);
  const unshown = inFilter.length - shown.length;
  const hiddenChosen = groups.chosen.filter((image) => !inFilter.includes(image)).length;
  const full = selected.size >= maxImages;
  const speech = useSelectionSpeech(selected.size, price);

  // In the order of the pictures, whatever the order of the presses; at most 50.
  const select = useCallback(
    (wanted: ReadonlySet<string>) => {
      onSelect(
        images
          .map(({ id }) => id)
          .filter((id) => wanted.has(id))
          .slice(0, maxImages),
      );
    },
    [images, onSelect],
  );

  const state = useRef({ selected, shown, select });
  state.current = { selected, shown, select };

  const toggle = useCallback((image: TrainableImage, chosen: boolean, extend: boolean) => {
    const { selected: before, shown: visible, select: commit } = state.current;
    const wanted = new Set(before);
    for (const id of extend ? between(visible, lastToggled.current, image.id) : [image.id]) {
      if (!chosen) wanted.delete(id);
      else if (wanted.size < maxImages) wanted.add(id);
    }
    lastToggled.current = image.id;
    setRefusedFull(chosen && !wanted.has(image.id));
    if (wanted.size !== before.size) commit(wanted);
  }, []);

  if (images.length === 0) {
    return (
      <EmptyState title="No images yet" level={3} action={addImages}>
        Upload 5 or more, or finish the profile set.
      </EmptyState>
    );
  }

  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-1 gap-y-2">
        <fieldset className="flex min-w-0 flex-1 gap-1">
          <legend className="sr-only">Show</legend>
          {filters.map(({ id, label }) => (
            <button
              key={id}
              type="button"
              aria-pressed={filter === id}
              onClick={() => {
                setFilter(id);
                setShownCount(pageSize);
              }}
              className="pressable inline-flex min-h-target items-center gap-1.5 rounded-control border border-transparent px-2.5 text-small font-medium whitespace-nowrap text-ink-2 hover:bg-well hover:text-ink aria-pressed:border-line aria-pressed:bg-well aria-pressed:text-ink"
            >
              {label}
              <span className="font-normal text-ink-3 tabular-nums">{groups[id].length}</span>
            </button>
          ))}
        </fieldset>
        <fieldset className="flex max-sm:order-last max-sm:-mx-3 max-sm:basis-full sm:mr-2">
          <legend className="sr-only">Select</legend>
          <Button
            size="small"
            variant="quiet"
            onClick={() => select(new Set([...selected, ...inFilter.map(({ id }) => id)]))}
          >
            Select all
          </Button>
          <Button
            size="small"
            variant="quiet"
            onClick={() => select(new Set(groups.liked.map(({ id }) => id)))}
          >
            Select liked
          </Button>
          <Button size="small" variant="quiet" onClick={() => select(new Set())}>
            Select none
          </Button>
        </fieldset>
        {addImages}
      </div>

      {inFilter.length === 0 ? (
        <p className="rounded-picture bg-well px-4 py-8 text-center text-ink-2">
          {filter === 'liked' ? 'No liked images.' : 'No image is chosen.'}{' '}
          <button type="button" className="text-link" onClick={() => setFilter('all')}>
            Show all
          </button>
        </p>
      ) : (
        <ul aria-label="Images for training" className={panelSheetClasses}>
          {shown.map((image, index) => (
            <PickerCell
              key={image.id}
              image={image}
              chosen={selected.has(image.id)}
              liked={isLiked(image)}
              full={full}
              eager={index < 12}
              onToggle={toggle}
              onLike={likes.toggle}
            />
          ))}
        </ul>
      )}

      {unshown > 0 && (
        <Button className="self-center" onClick={() => setShownCount((count) => count + pageSize)}>
          {unshown > pageSize ? `Show ${pageSize} of ${unshown} more` : `Show ${unshown} more`}
        </Button>
      )}
      {hiddenChosen > 0 && (
        <p className="text-small text-ink-2">
          {formatCount(selected.size, 'image')} chosen, {hiddenChosen} hidden by this filter.
        </p>
      )}
      {refusedFull && full && (
        <p role="alert" className="sr-only">
          {selectionFullSentence}
        </p>
      )}
      {likes.failure && (
        <p role="alert" className="text-small text-bad">
          {likes.failure}
        </p>
      )}
      <p role="status" className="sr-only">
        {speech}
      </p>
    </div>
  );
}

/** The ids from one picture to another, both included, as they stand on the page. */
function between(images: readonly TrainableImage[], fromId: string | null, toId: string): string[] {
  const from = images.findIndex(({ id }) => id === fromId);
  const to = images.findIndex(({ id }) => id === toId);
  if (from < 0) return [toId];
  return images.slice(Math.min(from, to), Math.max(from, to) + 1).map(({ id }) => id);
}
