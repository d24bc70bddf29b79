'use client';

import { Heart, Trash2 } from 'lucide-react';
import { type RefObject, useState } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { formatNumber } from '@/lib/format';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Notice } from '../ui/notice';
import { TextArea } from '../ui/text-area';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';

interface ImageDialogProps {
  image: ImageView;
  liked: boolean;
  onLike: () => void;
  saveCaption: Verb<{ imageId: string; caption: string }>;
  removeImage: Verb<{ imageId: string }>;
  onSaved: (caption: string) => void;
  onRemoved: () => void;
  onClose: () => void;
  /** Where focus goes when the picture that opened it is gone. */
  returnFocus: RefObject<HTMLElement | null>;
}

/** The whole picture, the words it is trained with, its heart, and the way to remove it. */
export function ImageDialog({
  image,
  liked,
  onLike,
  saveCaption,
  removeImage,
  onSaved,
  onRemoved,
  onClose,
  returnFocus,
}: ImageDialogProps) {
  const [caption, setCaption] = useState(image.caption ?? '');
  const [removing, setRemoving] = useState(false);
  const save = useVerb(saveCaption);
  const remove = useVerb(removeImage);
  const { width, height } = image;

  return (
    <Dialog
      open
      size="wide"
      busy={remove.pending}
      onClose={onClose}
      returnFocus={returnFocus}
      title={`Image ${image.number}`}
      actions={
        removing ? (
          <>
            <Button
              variant="danger"
              pending={remove.pending}
              onClick={async () => {
                const result = await remove.run({ imageId: image.id });
                if (result?.ok) onRemoved();
              }}
            >
              Remove image {image.number}
            </Button>
            <Button onClick={() => setRemoving(false)} autoFocus>
              Keep it
            </Button>
          </>
        ) : (
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
              Like image {image.number}
            </Button>
            <Button
              variant="quiet"
              icon={<Trash2 aria-hidden="true" />}
              onClick={() => setRemoving(true)}
            >
              Remove
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-4">
        {removing && (
          <Notice tone="warn" announce="status" title={`Remove image ${image.number}?`}>
            The picture is deleted. Models that were trained with it stay as they are.
          </Notice>
        )}
        {remove.refusal && (
          <Notice tone="bad" announce="alert" title={remove.refusal.sentence}>
            {remove.refusal.code === 'TRAINING_OPEN'
              ? 'It can be removed when that training has ended.'
              : `${remove.refusal.wayOut}.`}
          </Notice>
        )}
        <div className="rounded-picture bg-well">
          <img
            src={paths.image(image.id, 'full')}
            alt={image.caption ?? image.prompt ?? ''}
            width={width ?? undefined}
            height={height ?? undefined}
            className="mx-auto max-h-[52dvh] w-auto object-contain"
          />
        </div>
        <p className="flex flex-wrap gap-x-4 text-small text-ink-3 tabular-nums">
          {width && height && (
            <span>
              {formatNumber(width)} × {formatNumber(height)}
            </span>
          )}
          <bdi className="min-w-0 break-all">{image.fileName}</bdi>
        </p>
        <TextArea
          label="Caption"
          hint="What the model is told about this picture. When it is empty, we write one."
          rows={2}
          dir="auto"
          maxLength={2_000}
          value={caption}
          onChange={(event) => setCaption(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) keep();
          }}
          error={save.refusal ? `Not saved. ${save.refusal.sentence}` : undefined}
        />
        {(caption.trim() !== (image.caption ?? '') || save.pending) && (
          <div>
            <Button size="small" pending={save.pending} onClick={keep}>
              Save caption
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );

  async function keep() {
    const wanted = caption.trim();
    const result = await save.run({ imageId: image.id, caption: wanted });
    if (result?.ok) onSaved(wanted);
  }
}
