'use client';

import { useRef, useState } from 'react';
import { formatCount } from '@/lib/format';
import { paths } from '@/lib/paths';
import { HeartButton } from '../characters/heart-button';
import { type LikeVerb, useLikes } from '../characters/use-likes';
import { Print } from '../ui/print';
import type { GalleryImage } from './gallery-image';
import { Viewer } from './viewer';

interface GalleryProps {
  /** Newest first. */
  images: readonly GalleryImage[];
  likeImage: LikeVerb;
}

/** The character's pictures as a contact sheet: hearts at once, a press opens the picture. */
export function Gallery({ images, likeImage }: GalleryProps) {
  const { isLiked, toggle, failure } = useLikes(likeImage);
  const [shownId, setShownId] = useState<string | null>(null);
  const sheet = useRef<HTMLUListElement>(null);
  const at = images.findIndex(({ id }) => id === shownId);
  const shown = images[at];

  function close() {
    setShownId(null);
    // To the picture shown last, which need not be the one that was pressed.
    requestAnimationFrame(() =>
      sheet.current?.querySelector<HTMLElement>(`[data-open="${shownId}"]`)?.focus(),
    );
  }

  return (
    <section aria-labelledby="gallery">
      <div className="mb-3 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 id="gallery" className="text-panel font-semibold">
          Images
        </h2>
        <p className="text-small text-ink-2 tabular-nums">
          {formatCount(images.length, 'image')}, {images.filter(isLiked).length} liked
        </p>
      </div>
      <p role="status" className="mb-3 text-small text-bad empty:hidden">
        {shown ? '' : failure}
      </p>
      <ul ref={sheet} className="contact-sheet">
        {images.map((image, index) => (
          <li key={image.id}>
            <Print
              src={paths.image(image.id, 'thumb')}
              alt=""
              frame={image.number}
              eager={index < 8}
            >
              <button
                type="button"
                data-open={image.id}
                aria-label={`Open image ${image.number}`}
                onClick={() => setShownId(image.id)}
                className="absolute inset-0 cursor-zoom-in rounded-picture"
              />
              <HeartButton
                number={image.number}
                liked={isLiked(image)}
                onToggle={() => toggle(image)}
                className="!absolute top-1 right-1"
              />
            </Print>
          </li>
        ))}
      </ul>
      {shown && (
        <Viewer
          image={shown}
          place={`${at + 1} of ${images.length}`}
          liked={isLiked(shown)}
          failure={failure}
          onLike={() => toggle(shown)}
          onPrevious={() => setShownId(images.at(at - 1)?.id ?? null)}
          onNext={() => setShownId(images[(at + 1) % images.length]?.id ?? null)}
          onClose={close}
        />
      )}
    </section>
  );
}
