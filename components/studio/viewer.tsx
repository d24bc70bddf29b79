'use client';

import { ChevronLeft, ChevronRight, Heart } from 'lucide-react';
import { useEffect } from 'react';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import type { GalleryImage } from './gallery-image';

interface ViewerProps {
  image: GalleryImage;
  /** "3 of 12". */
  place: string;
  liked: boolean;
  failure: string | null;
  onLike: () => void;
  onPrevious: () => void;
  onNext: () => void;
  onClose: () => void;
}

/** One picture, whole. Left and Right step through the sheet, L likes. */
export function Viewer({
  image,
  place,
  liked,
  failure,
  onLike,
  onPrevious,
  onNext,
  onClose,
}: ViewerProps) {
  const { number, caption, prompt, width, height } = image;

  // The dialog is modal: while it is open every key is meant for it.
  useEffect(() => {
    const acts: Record<string, () => void> = {
      ArrowLeft: onPrevious,
      ArrowRight: onNext,
      l: onLike,
    };
    function pressed(event: KeyboardEvent) {
      const act = acts[event.key];
      if (!act || event.metaKey || event.ctrlKey || event.altKey) return;
      event.preventDefault();
      act();
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, [onPrevious, onNext, onLike]);

  return (
    <Dialog
      open
      size="full"
      onClose={onClose}
      title={`Image ${number}`}
      actions={
        <>
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
            Like image {number}
          </Button>
          <span className="flex flex-1 items-center gap-2">
            <Button icon={<ChevronLeft aria-hidden="true" />} onClick={onPrevious}>
              Previous
            </Button>
            <Button icon={<ChevronRight aria-hidden="true" />} onClick={onNext}>
              Next
            </Button>
            <span role="status" className="text-small text-ink-2 tabular-nums">
              <span className="sr-only">Image {number}, </span>
              {place}
            </span>
          </span>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <div className="flex justify-center rounded-picture bg-well">
          <img
            key={image.id}
            src={paths.image(image.id, 'full')}
            alt={caption ?? prompt ?? `Image ${number}`}
            width={width ?? undefined}
            height={height ?? undefined}
            draggable={false}
            className="max-h-[calc(100dvh-19rem)] w-auto max-w-full object-contain sm:h-[calc(100dvh-15.5rem)] sm:max-h-none sm:min-h-48"
          />
        </div>
        {failure && (
          <p role="alert" className="text-small text-bad">
            {failure}
          </p>
        )}
        {(caption ?? prompt) && (
          <p className="max-w-measure text-small text-ink-2">
            <bdi>{caption ?? prompt}</bdi>
          </p>
        )}
      </div>
    </Dialog>
  );
}
