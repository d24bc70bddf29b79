'use client';

import { memo } from 'react';
import type { TrainableImage } from '@/lib/lora/get-training-panel';
import { HeartButton } from '../characters/heart-button';
import { joinClasses } from '../ui/join-classes';
import { Print } from '../ui/print';
import { selectionFullId } from './selection-summary';

interface PickerCellProps {
  image: TrainableImage;
  chosen: boolean;
  liked: boolean;
  /** The most is chosen already: it stays reachable and says why it cannot be added. */
  full: boolean;
  /** In the first rows: loaded at once. */
  eager: boolean;
  onToggle: (image: TrainableImage, chosen: boolean, extend: boolean) => void;
  onLike: (image: TrainableImage) => void;
}

/** One print with its tick, its heart and its frame number. The whole picture is the checkbox. */
export const PickerCell = memo(function PickerCell({
  image,
  chosen,
  liked,
  full,
  eager,
  onToggle,
  onLike,
}: PickerCellProps) {
  const factsId = `facts-${image.id}`;
  const facts = [
    image.inProfileSet ? 'profile set' : '',
    liked ? 'liked' : '',
    image.newSinceLastTraining ? '' : 'in the last model',
  ].filter(Boolean);
  const refused = full && !chosen;
  return (
    <li className="relative min-w-0 focus-within:z-[1]">
      <Print src={image.thumbnailUrl} alt="" frame={image.number} chosen={chosen} eager={eager}>
        {!chosen && (
          <span
            aria-hidden="true"
            className="absolute top-1.5 left-1.5 size-6 rounded-full bg-plate shadow-[inset_0_0_0_1.5px_var(--on-plate)]"
          />
        )}
        <input
          type="checkbox"
          checked={chosen}
          aria-label={`Image ${image.number}`}
          aria-describedby={joinClasses(factsId, refused && selectionFullId)}
          aria-disabled={refused || undefined}
          onChange={(event) => {
            const { nativeEvent } = event;
            const extend = 'shiftKey' in nativeEvent && nativeEvent.shiftKey === true;
            onToggle(image, !chosen, extend);
          }}
          className="absolute inset-0 m-0 size-full cursor-pointer appearance-none rounded-picture checked:outline-offset-[6px] aria-disabled:cursor-default"
        />
        <HeartButton
          number={image.number}
          liked={liked}
          onToggle={() => onLike(image)}
          className="!absolute top-0.5 right-0.5"
        />
      </Print>
      <span id={factsId} className="sr-only">
        {facts.join(', ')}
      </span>
    </li>
  );
});
