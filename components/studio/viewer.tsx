'use client';

import { ChevronLeft, ChevronRight, Download, Heart, Trash2, ZoomIn, ZoomOut } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { formatNumber } from '@/lib/format';
import { paths } from '@/lib/paths';
import type { GalleryItem } from '@/lib/studio/gallery-item';
import { Button } from '../ui/button';
import { buttonClasses } from '../ui/button-style';
import { Dialog } from '../ui/dialog';
import { IconButton } from '../ui/icon-button';
import { LocalTime } from '../ui/local-time';
import { Notice } from '../ui/notice';
import { SandboxMark } from '../ui/sandbox-mark';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { ZoomPicture, type ZoomStep, zoomedBy } from './zoom-picture';

interface ViewerProps {
  item: GalleryItem;
  characterName: string;
  /** "3 of 12". */
  place: string;
  liked: boolean;
  /** What went wrong with a heart. */
  failure: string | null;
  removeImage: Verb<{ imageId: string }>;
  onLike: () => void;
  onRemoved: () => void;
  /** Null at that end. */
  onPrevious: (() => void) | null;
  onNext: (() => void) | null;
  onClose: () => void;
  /** Below the picture: the way back from a deletion. */
  children?: ReactNode;
}

/**
 * One picture, whole, with how it was made. Left and Right step through the sheet, L likes, + and −
 * zoom; the keys act only while the dialog is open (WCAG 2.1.4).
 */
export function Viewer({
  item,
  characterName,
  place,
  liked,
  failure,
  removeImage,
  onLike,
  onRemoved,
  onPrevious,
  onNext,
  onClose,
  children,
}: ViewerProps) {
  const { number, caption, prompt, width, height } = item;
  const [zoom, setZoom] = useState<{ of: string; step: ZoomStep }>({ of: item.id, step: 1 });
  const step = zoom.of === item.id ? zoom.step : 1;
  const remove = useVerb(removeImage);
  const { forget } = remove;

  const zoomBy = (by: 1 | -1) => setZoom({ of: item.id, step: zoomedBy(step, by) });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a refusal is about one picture
  useEffect(() => forget(), [item.id, forget]);

  // The dialog is modal: while it is open every key is meant for it.
  useEffect(() => {
    const acts: Record<string, (() => void) | null> = {
      ArrowLeft: onPrevious,
      ArrowRight: onNext,
      l: onLike,
      '+': () => zoomBy(1),
      '=': () => zoomBy(1),
      '-': () => zoomBy(-1),
    };
    function pressed(event: KeyboardEvent) {
      const act = acts[event.key];
      if (!act || event.metaKey || event.ctrlKey || event.altKey || event.repeat) return;
      // In an enlarged picture the arrows move about in it.
      const inPicture = event.target instanceof Element && event.target.closest('[role="group"]');
      if (inPicture && step > 1 && event.key.startsWith('Arrow')) return;
      event.preventDefault();
      act();
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  });

  return (
    <Dialog
      open
      size="full"
      busy={remove.pending}
      onClose={onClose}
      title={`Image ${number}`}
      actions={
        <div className="flex w-full flex-wrap items-center gap-2">
          <span className="flex flex-1 items-center gap-2">
            <IconButton
              label="Previous image"
              variant="framed"
              aria-disabled={onPrevious === null}
              onClick={() => onPrevious?.()}
            >
              <ChevronLeft aria-hidden="true" />
            </IconButton>
            <IconButton
              label="Next image"
              variant="framed"
              aria-disabled={onNext === null}
              onClick={() => onNext?.()}
            >
              <ChevronRight aria-hidden="true" />
            </IconButton>
            <span role="status" className="px-1 text-small text-ink-2 tabular-nums">
              <span className="sr-only">Image {number}, </span>
              {place}
            </span>
          </span>
          <span className="flex items-center gap-1">
            <IconButton label="Zoom out" onClick={() => zoomBy(-1)} aria-disabled={step === 1}>
              <ZoomOut aria-hidden="true" />
            </IconButton>
            <span className="w-12 text-center text-small text-ink-2 tabular-nums">
              {formatNumber(step * 100)}
              {'\u00a0'}%
            </span>
            <IconButton label="Zoom in" onClick={() => zoomBy(1)} aria-disabled={step === 4}>
              <ZoomIn aria-hidden="true" />
            </IconButton>
          </span>
          <span className="flex items-center gap-2 max-sm:w-full max-sm:[&>*]:flex-1">
            <Button
              variant="quiet"
              icon={<Trash2 aria-hidden="true" />}
              pending={remove.pending}
              onClick={async () => {
                const result = await remove.run({ imageId: item.id });
                if (result?.ok) onRemoved();
              }}
            >
              Delete
            </Button>
            <a href={paths.imageFile(item.id)} download className={buttonClasses({})}>
              <Download aria-hidden="true" />
              Download
            </a>
            <Button
              aria-pressed={liked}
              onClick={onLike}
              icon={
                <Heart
                  aria-hidden="true"
                  className={liked ? 'text-heart' : undefined}
                  fill={liked ? 'currentColor' : 'none'}
                />
              }
            >
              Like<span className="sr-only"> image {number}</span>
            </Button>
          </span>
        </div>
      }
    >
      <div className="flex flex-col gap-4 sm:h-[calc(100dvh-12.5rem)] sm:min-h-64 sm:flex-row">
        <div className="flex min-w-0 flex-col gap-3 sm:flex-1">
          <ZoomPicture
            src={paths.image(item.id, 'full')}
            alt={caption ?? prompt ?? `Image ${number}`}
            width={width}
            height={height}
            zoom={step}
            className="h-[48dvh] min-h-48 sm:h-auto sm:min-h-0 sm:flex-1"
          />
          {children}
          {(failure || remove.refusal) && (
            <Notice tone="bad" announce="alert">
              {failure ??
                (remove.refusal?.code === 'TRAINING_OPEN'
                  ? 'A training is using this picture. It can be deleted when that training has ended.'
                  : `${remove.refusal?.sentence} ${remove.refusal?.wayOut}.`)}
            </Notice>
          )}
        </div>
        <dl className="flex flex-none flex-col gap-3 text-small sm:w-64">
          {(caption ?? prompt) && (
            <Fact name={prompt ? 'Prompt' : 'Caption'}>
              <bdi className="whitespace-pre-line">{prompt ?? caption}</bdi>
            </Fact>
          )}
          <Fact name="Made with">
            <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <span>
                <Origin item={item} characterName={characterName} />
              </span>
              {item.sandbox && <SandboxMark />}
            </span>
          </Fact>
          {item.model && (
            <Fact name="LoRA">
              {item.withLora ? (
                <>
                  <bdi>{characterName}</bdi>’s model
                </>
              ) : (
                'None'
              )}
            </Fact>
          )}
          <Fact name="Date">
            <LocalTime at={item.createdAt} as="moment" />
          </Fact>
          {width && height && (
            <Fact name="Size">
              {formatNumber(width)} × {formatNumber(height)} px
            </Fact>
          )}
        </dl>
      </div>
    </Dialog>
  );
}

function Origin({ item, characterName }: { item: GalleryItem; characterName: string }) {
  if (item.model) return item.model.label;
  if (item.source === 'upload') return 'Uploaded';
  return (
    <>
      Drawn for <bdi>{characterName}</bdi>’s profile set
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-ink-3">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
