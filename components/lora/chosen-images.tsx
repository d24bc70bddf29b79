'use client';

import { useState } from 'react';
import { Later } from '../ui/later';
import { useLoadAhead } from '../ui/use-load-ahead';
import type { ChosenImagesProps } from './chosen-dialog';

const loadDialog = () => import('./chosen-dialog').then((module) => module.ChosenDialog);

/**
 * The chosen images as a plain list, never more than fit into one training: the way round a sheet
 * of a thousand.
 */
export function ChosenImages({ images, imageIds, onSelect }: ChosenImagesProps) {
  const [open, setOpen] = useState(false);
  useLoadAhead(loadDialog);
  return (
    <>
      <button
        type="button"
        className="relative text-link whitespace-nowrap after:absolute after:inset-x-0 after:-inset-y-3"
        onClick={() => setOpen(true)}
      >
        Show chosen images
      </button>
      <Later load={loadDialog} wanted={open} onFailed={() => setOpen(false)}>
        {(ChosenDialog) => (
          <ChosenDialog
            images={images}
            imageIds={imageIds}
            onSelect={onSelect}
            onClose={() => setOpen(false)}
          />
        )}
      </Later>
    </>
  );
}
