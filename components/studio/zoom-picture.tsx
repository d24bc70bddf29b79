'use client';

import { useEffect, useRef } from 'react';
import { joinClasses } from '../ui/join-classes';

export const zoomSteps = [1, 1.5, 2, 3, 4] as const;
export type ZoomStep = (typeof zoomSteps)[number];

/** The next step up (1) or down (-1), or the same at either end. */
export function zoomedBy(zoom: ZoomStep, by: 1 | -1): ZoomStep {
  return zoomSteps[zoomSteps.indexOf(zoom) + by] ?? zoom;
}

interface ZoomPictureProps {
  src: string;
  alt: string;
  width: number | null;
  height: number | null;
  zoom: ZoomStep;
  className?: string;
}

/** The whole picture on the well; larger than its place it can be scrolled, by keyboard too. */
export function ZoomPicture({ src, alt, width, height, zoom, className }: ZoomPictureProps) {
  const place = useRef<HTMLDivElement>(null);

  // What was in the middle stays there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the size or the picture changes
  useEffect(() => {
    const { current } = place;
    if (!current) return;
    current.scrollLeft = (current.scrollWidth - current.clientWidth) / 2;
    current.scrollTop = (current.scrollHeight - current.clientHeight) / 2;
  }, [zoom, src]);

  return (
    // biome-ignore lint/a11y/useSemanticElements: a section would be one more landmark
    <div
      ref={place}
      role="group"
      aria-label="Picture"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
      tabIndex={0}
      className={joinClasses(
        'flex overflow-auto overscroll-contain rounded-picture bg-well',
        className,
      )}
    >
      <img
        key={src}
        src={src}
        alt={alt}
        width={width ?? undefined}
        height={height ?? undefined}
        draggable={false}
        className="m-auto max-w-none flex-none object-contain"
        style={{ width: `${zoom * 100}%`, height: `${zoom * 100}%` }}
      />
    </div>
  );
}
