'use client';

import { useRouter } from 'next/navigation';
import { type ReactNode, useCallback, useMemo, useRef, useState } from 'react';
import { formatCount, formatNumber } from '@/lib/format';
import type { TrainableImage } from '@/lib/lora/get-training-panel';
import { maxImages } from '@/lib/lora/rules/selection';
import { chooseAll } from '../characters/choose-prints';
import { PrintGrid } from '../characters/print-grid';
import type { PrintGridHandle } from '../characters/print-grid-props';
import type { useLikes } from '../characters/use-likes';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { Later } from '../ui/later';
import { useLoadAhead } from '../ui/use-load-ahead';
import type { SaveCaptionVerb } from './image-preview';
import { factsOfImage, type PickerFilter, pickerFilters } from './picker-filters';
import { selectionFullSentence } from './selection-summary';
import { usePickerFilter } from './use-picker-filter';
import { useSelectionSpeech } from './use-selection-speech';

const loadPreview = () => import('./image-preview').then((module) => module.ImagePreview);

interface ImagePickerProps {
  images: readonly TrainableImage[];
  selectedIds: readonly string[];
  onSelect: (imageIds: string[]) => void;
  likes: ReturnType<typeof useLikes>;
  /** "27,000 credits" or "free": spoken with the count. */
  price: string;
  /** Where more pictures come from: a link or a button. */
  addImages: ReactNode;
  saveCaption: SaveCaptionVerb;
}

/**
 * Which pictures a training gets: a sheet of prints, each with tick, heart and a large view.
 * Choosing acts at once; a filter never unselects (F6, AC-6).
 */
export function ImagePicker({
  images,
  selectedIds,
  onSelect,
  likes,
  price,
  addImages,
  saveCaption,
}: ImagePickerProps) {
  const router = useRouter();
  useLoadAhead(loadPreview);
  const [filter, show] = usePickerFilter();
  const [refusals, setRefusals] = useState(0);
  const [shownId, setShownId] = useState<string | null>(null);
  const [captions, setCaptions] = useState<ReadonlyMap<string, string>>(new Map());
  const grid = useRef<PrintGridHandle>(null);

  const selected = useMemo(() => new Set(selectedIds), [selectedIds]);
  const { isLiked } = likes;
  const liked = useMemo(() => images.filter(isLiked), [images, isLiked]);
  const chosen = useMemo(() => images.filter(({ id }) => selected.has(id)), [images, selected]);
  const { inProfileSet, fresh } = useMemo(
    () => ({
      inProfileSet: images.filter((image) => image.inProfileSet),
      fresh: images.filter((image) => image.newSinceLastTraining),
    }),
    [images],
  );
  const groups: Record<PickerFilter, readonly TrainableImage[]> = {
    all: images,
    liked,
    'profile-set': inProfileSet,
    new: fresh,
    chosen,
  };
  const inFilter = groups[filter];
  const shownSet = useMemo(() => new Set(inFilter), [inFilter]);
  const hiddenChosen = chosen.filter((image) => !shownSet.has(image)).length;
  const speech = useSelectionSpeech(selected.size, price);
  const shownAt = inFilter.findIndex(({ id }) => id === shownId);
  const shown = inFilter[shownAt];

  // In the order of the pictures, whatever the order of the presses; at most 50.
  const select = useCallback(
    (wanted: ReadonlySet<string>) => {
      setRefusals(0);
      onSelect(
        images
          .map(({ id }) => id)
          .filter((id) => wanted.has(id))
          .slice(0, maxImages),
      );
    },
    [images, onSelect],
  );
  const refuse = useCallback(() => setRefusals((count) => count + 1), []);
  const open = useCallback(({ id }: TrainableImage) => setShownId(id), []);
  const factsOf = useCallback(
    (image: TrainableImage) => factsOfImage(image, isLiked(image)),
    [isLiked],
  );
  const { failed } = likes;
  const troubleOf = useCallback(
    ({ id }: TrainableImage) => (failed?.imageId === id ? failed.short : null),
    [failed],
  );

  if (images.length === 0) {
    return (
      <EmptyState title="No images yet" level={3} action={addImages}>
        Upload 5 or more, or finish the profile set.
      </EmptyState>
    );
  }

  function toggle({ id }: TrainableImage) {
    const wanted = new Set(selected);
    if (!wanted.delete(id)) wanted.add(id);
    if (wanted.size > maxImages) refuse();
    else select(wanted);
  }

  function selectAll() {
    const shownIds = inFilter.map(({ id }) => id);
    const wanted = chooseAll(selected, shownIds, maxImages);
    select(wanted);
    if (shownIds.some((id) => !wanted.has(id))) refuse();
  }

  function closePreview() {
    setShownId(null);
    // What was written there is part of the page's data.
    if (captions.size > 0) router.refresh();
    // To the picture shown last, which need not be the one that was enlarged.
    if (shown) requestAnimationFrame(() => grid.current?.focus(shown.id));
  }

  const nothingShown = pickerFilters.find(({ id }) => id === filter)?.none;
  // Before the first training all are new: then only an address can ask for it.
  const offered = pickerFilters.filter(
    ({ id }) => id !== 'new' || id === filter || fresh.length < images.length,
  );
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <fieldset className="-mx-2.5 flex min-w-0 basis-full flex-wrap gap-x-1">
          <legend className="sr-only">Show</legend>
          {offered.map(({ id, label }) => (
            <button
              key={id}
              type="button"
              aria-pressed={filter === id}
              onClick={() => show(id)}
              className="pressable inline-flex min-h-target items-center gap-1.5 rounded-control border border-transparent px-2.5 text-small font-medium whitespace-nowrap text-ink-2 hover:bg-well hover:text-ink aria-pressed:border-line aria-pressed:bg-well aria-pressed:text-ink"
            >
              {label}
              <span className="font-normal text-ink-3 tabular-nums">
                {formatNumber(groups[id].length)}
              </span>
            </button>
          ))}
        </fieldset>
        <fieldset className="-mx-3 flex flex-auto">
          <legend className="sr-only">Select</legend>
          <Button size="small" variant="quiet" onClick={selectAll}>
            Select all
          </Button>
          <Button
            size="small"
            variant="quiet"
            onClick={() => {
              select(new Set(liked.map(({ id }) => id)));
              if (liked.length > maxImages) refuse();
            }}
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
          {nothingShown}{' '}
          <button type="button" className="text-link" onClick={() => show('all')}>
            Show all
          </button>
        </p>
      ) : (
        <PrintGrid
          ref={grid}
          label="Images for training"
          items={inFilter}
          isLiked={isLiked}
          factsOf={factsOf}
          troubleOf={troubleOf}
          onLike={likes.toggle}
          onOpen={open}
          selection={{
            ids: selected,
            max: maxImages,
            fullReason: selectionFullSentence,
            onChange: select,
            onRefused: refuse,
          }}
        />
      )}

      {hiddenChosen > 0 && (
        <p className="text-small text-ink-2">
          {formatCount(selected.size, 'image')} chosen, {hiddenChosen} hidden by this filter.
        </p>
      )}
      {likes.failure && (
        <p role="alert" className="text-small text-bad">
          {likes.failure}
        </p>
      )}
      {refusals > 0 && (
        // A second press is refused aloud again.
        <p key={refusals} role="alert" className="sr-only">
          {selectionFullSentence}
        </p>
      )}
      <p role="status" className="sr-only">
        {speech}
      </p>

      <Later load={loadPreview} wanted={shown !== undefined} onFailed={() => setShownId(null)}>
        {(ImagePreview) =>
          shown && (
            <ImagePreview
              image={shown}
              caption={captions.get(shown.id) ?? shown.caption}
              place={`${formatNumber(shownAt + 1)} of ${formatNumber(inFilter.length)}`}
              chosen={selected.has(shown.id)}
              full={selected.size >= maxImages}
              liked={isLiked(shown)}
              trouble={likes.failure}
              speech={speech}
              onToggle={() => toggle(shown)}
              onLike={() => likes.toggle(shown)}
              onStep={(by) => setShownId(inFilter.at((shownAt + by) % inFilter.length)?.id ?? null)}
              saveCaption={saveCaption}
              onSaved={(caption) => setCaptions((before) => new Map(before).set(shown.id, caption))}
              onClose={closePreview}
            />
          )
        }
      </Later>
    </div>
  );
}
