'use client';

import { ArrowUp } from 'lucide-react';
import { type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { formatCount, formatNumber } from '@/lib/format';
import { paths } from '@/lib/paths';
import type { GalleryItem } from '@/lib/studio/gallery-item';
import { PrintGrid } from '../characters/print-grid';
import type { PrintGridHandle } from '../characters/print-grid-props';
import { type LikeVerb, useLikes } from '../characters/use-likes';
import { Button } from '../ui/button';
import { EmptyState } from '../ui/empty-state';
import { Later } from '../ui/later';
import { Notice } from '../ui/notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { UndoLine } from './undo-line';
import { FailedCell, MakingCell } from './unmade-cell';
import type { useGallery } from './use-gallery';
import { useMakingSpeech } from './use-making-speech';

// It comes with the first picture that is opened.
const loadViewer = () => import('./viewer').then((module) => module.Viewer);

export interface GalleryVerbs {
  likeImage: LikeVerb;
  removeImage: Verb<{ imageId: string }>;
  restoreImage: Verb<{ imageId: string }>;
  retryImage: Verb<{ imageId: string }, { image: GalleryItem }>;
}

interface GalleryProps {
  characterName: string;
  gallery: ReturnType<typeof useGallery>;
  /** The element around the sheet, for whoever asks whether its top is in sight. */
  sheet: RefObject<HTMLDivElement | null>;
  verbs: GalleryVerbs;
  examples: readonly string[];
  onExample: (prompt: string) => void;
}

/** The character's pictures as a contact sheet, newest first: hearts at once, a press opens one. */
export function Gallery({
  characterName,
  gallery: { state, dispatch, more, loading, makingCount, isOutOfTouch },
  sheet,
  verbs,
  examples,
  onExample,
}: GalleryProps) {
  const { isLiked, toggle, failed, failure } = useLikes(verbs.likeImage);
  const [shownId, setShownId] = useState<string | null>(null);
  const [deleted, setDeleted] = useState<GalleryItem | null>(null);
  const restore = useVerb(verbs.restoreImage);
  const grid = useRef<PrintGridHandle>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const speech = useMakingSpeech(state.items);

  const prints = usePrints(state.items);
  const ready = state.items.filter((item) => item.state === 'ready');
  const at = ready.findIndex(({ id }) => id === shownId);
  const shown = ready[at];
  const allLoaded = state.nextBefore === null;
  const likedCount = ready.filter(isLiked).length;
  const isEmpty = state.items.length === 0 && state.waiting.length === 0;

  const end = useNearEnd(more, !allLoaded && loading === 'idle');
  // The viewer's Right key runs into what is not here yet.
  useEffect(() => {
    if (at >= 0 && at >= ready.length - 3) void more();
  }, [at, ready.length, more]);

  const open = useCallback((item: GalleryItem) => {
    if (item.state === 'ready') setShownId(item.id);
  }, []);

  const troubleOf = useCallback(
    (item: GalleryItem) => (item.id === failed?.imageId ? failed.short : null),
    [failed],
  );
  const unmade = useUnmade(verbs, dispatch, state.items, open);

  function close() {
    const id = shownId;
    setShownId(null);
    // To the picture shown last, which need not be the one that was pressed.
    requestAnimationFrame(() => (id ? grid.current?.focus(id) : heading.current?.focus()));
  }

  function removed(item: GalleryItem) {
    const neighbour = ready[at + 1] ?? ready[at - 1];
    restore.forget();
    setDeleted({ ...item, liked: isLiked(item) });
    setShownId(neighbour?.id ?? null);
    dispatch({ type: 'removed', id: item.id });
    if (!neighbour) requestAnimationFrame(() => heading.current?.focus());
  }

  async function undo() {
    if (!deleted) return;
    const result = await restore.run({ imageId: deleted.id });
    if (!result?.ok) return;
    dispatch({ type: 'restored', item: deleted });
    if (shownId) setShownId(deleted.id);
    else requestAnimationFrame(() => grid.current?.focus(deleted.id));
    setDeleted(null);
  }

  function showNew() {
    dispatch({ type: 'show' });
    heading.current?.scrollIntoView({ block: 'start' });
    heading.current?.focus({ preventScroll: true });
  }

  const undoLine = deleted && (
    <UndoLine
      key={deleted.id}
      number={deleted.number}
      pending={restore.pending}
      failure={restore.refusal ? `It could not be brought back. ${restore.refusal.sentence}` : null}
      onUndo={undo}
      onOver={() => setDeleted(null)}
    />
  );

  return (
    <section aria-labelledby="gallery" className="min-w-0">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2
          id="gallery"
          ref={heading}
          tabIndex={-1}
          className="scroll-mt-[calc(var(--header)+1rem)] text-panel font-semibold"
        >
          Images
        </h2>
        {!isEmpty && (
          <p className="text-small text-ink-2 tabular-nums">
            {formatCount(state.imageCount, 'image')}
            {allLoaded && `, ${formatNumber(likedCount)} liked`}
            {makingCount > 0 && `, ${formatNumber(makingCount)} being made`}
          </p>
        )}
      </div>
      <p role="status" className="sr-only">
        {speech}
      </p>
      {failure && !shown && (
        <p role="alert" className="mb-3 text-small text-bad">
          {failure}
        </p>
      )}
      {isOutOfTouch && (
        <p role="status" className="mb-3 text-small text-ink-2">
          We can’t see how the new pictures are doing right now. They go on; we keep asking.
        </p>
      )}
      {state.waiting.length > 0 && (
        <div className="pointer-events-none sticky top-[calc(var(--header)+0.75rem)] z-[5] mb-3 flex justify-center">
          <Button
            className="pointer-events-auto shadow-popover"
            icon={<ArrowUp aria-hidden="true" />}
            onClick={showNew}
          >
            {formatCount(state.waiting.length, 'new image')}
          </Button>
        </div>
      )}

      <div ref={sheet} className="scroll-mt-[calc(var(--header)+4rem)]">
        {isEmpty ? (
          <EmptyState
            title="No images yet"
            level={3}
            action={
              <ul className="flex flex-col gap-2" aria-label="Examples">
                {examples.map((example) => (
                  <li key={example}>
                    <Button className="h-auto whitespace-normal" onClick={() => onExample(example)}>
                      {example}
                    </Button>
                  </li>
                ))}
              </ul>
            }
          >
            Describe a scene for <bdi>{characterName}</bdi>.
          </EmptyState>
        ) : (
          <PrintGrid
            ref={grid}
            label="Images"
            items={prints}
            isLiked={isLiked}
            factsOf={factsOf}
            onLike={toggle}
            onOpen={open}
            troubleOf={troubleOf}
            extra={unmade}
          />
        )}
      </div>
      {!allLoaded && (
        <div ref={end} className="mt-4 flex justify-center">
          {loading === 'failed' ? (
            <Notice
              tone="warn"
              announce="status"
              className="max-w-measure"
              actions={
                <Button size="small" onClick={more}>
                  Try again
                </Button>
              }
            >
              We can’t show the older images right now. They are safe.
            </Notice>
          ) : (
            <p className="text-small text-ink-2">
              {formatNumber(ready.length)} of {formatCount(state.imageCount, 'image')} shown
            </p>
          )}
        </div>
      )}

      {undoLine && !shown && (
        <div className="sticky bottom-4 z-[5] mx-auto mt-4 max-w-[24rem]">{undoLine}</div>
      )}
      <Later
        load={loadViewer}
        wanted={shown !== undefined}
        onFailed={() => setShownId(null)}
        className="mt-4"
      >
        {(Viewer) =>
          shown && (
            <Viewer
              item={shown}
              characterName={characterName}
              place={`${formatNumber(at + 1)} of ${formatNumber(state.imageCount)}`}
              liked={isLiked(shown)}
              failure={failure}
              removeImage={verbs.removeImage}
              onLike={() => toggle(shown)}
              onRemoved={() => removed(shown)}
              onPrevious={at > 0 ? () => setShownId(ready[at - 1]?.id ?? null) : null}
              onNext={at < ready.length - 1 ? () => setShownId(ready[at + 1]?.id ?? null) : null}
              onClose={close}
            >
              {undoLine}
            </Viewer>
          )
        }
      </Later>
    </section>
  );
}

type GalleryPrint = GalleryItem & { thumbnailUrl: string | null };

/** As the sheet wants them; a picture that has not changed stays the same object. */
function usePrints(items: readonly GalleryItem[]): readonly GalleryPrint[] {
  const made = useRef(new WeakMap<GalleryItem, GalleryPrint>());
  return useMemo(
    () =>
      items.map((item) => {
        const before = made.current.get(item);
        if (before) return before;
        const thumbnailUrl = item.state === 'ready' ? paths.image(item.id, 'thumb') : null;
        const print = { ...item, thumbnailUrl };
        made.current.set(item, print);
        return print;
      }),
    [items],
  );
}

function factsOf(item: GalleryItem): string {
  if (item.state === 'making') return `being made, ${item.prompt ?? ''}`;
  if (item.state === 'failed') return 'not made';
  return [
    item.inProfileSet && 'profile set',
    item.sandbox && 'sandbox',
    item.prompt ?? item.caption,
  ]
    .filter(Boolean)
    .join(', ');
}

/** What stands in the place of a picture that is not there; each is tried again by itself. */
function useUnmade(
  { retryImage, removeImage }: GalleryVerbs,
  dispatch: ReturnType<typeof useGallery>['dispatch'],
  items: readonly GalleryItem[],
  open: (item: GalleryItem) => void,
) {
  const [pending, setPending] = useState<ReadonlySet<string>>(new Set());
  const [trouble, setTrouble] = useState<ReadonlyMap<string, string>>(new Map());

  return useCallback(
    (item: GalleryItem) => {
      if (item.state === 'ready') return null;
      if (item.state === 'making') return <MakingCell item={item} />;
      const { id, failure } = item;
      const original =
        failure?.code === 'ALREADY_HERE' &&
        items.find(({ state, number }) => state === 'ready' && number === failure.details.ofNumber);

      async function run(work: () => Promise<string | null>) {
        setPending((before) => new Set(before).add(id));
        const sentence = await work().catch(() => 'Likeness could not be reached.');
        setPending((before) => new Set([...before].filter((one) => one !== id)));
        setTrouble((before) => {
          const others = [...before].filter(([one]) => one !== id);
          return new Map(sentence ? [...others, [id, sentence]] : others);
        });
      }

      return (
        <FailedCell
          item={item}
          trouble={trouble.get(id) ?? null}
          pending={pending.has(id)}
          onRetry={() =>
            run(async () => {
              const result = await retryImage({ imageId: id });
              if (!result.ok) return result.refusal.sentence;
              dispatch({ type: 'changed', item: result.value.image });
              return null;
            })
          }
          onShow={original ? () => open(original) : null}
          onRemove={() =>
            run(async () => {
              const result = await removeImage({ imageId: id });
              if (!result.ok && result.refusal.code !== 'NOT_FOUND') return result.refusal.sentence;
              dispatch({ type: 'removed', id });
              return null;
            })
          }
        />
      );
    },
    [retryImage, removeImage, dispatch, items, open, pending, trouble],
  );
}

/** Calls `reached` when the end of the sheet comes near, as long as it is `wanted`. */
function useNearEnd(reached: () => void, wanted: boolean) {
  const end = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!wanted || !end.current) return;
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) reached();
      },
      { rootMargin: '1500px 0px' },
    );
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [reached, wanted]);
  return end;
}
