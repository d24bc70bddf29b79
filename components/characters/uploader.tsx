'use client';

import { Upload as UploadIcon } from 'lucide-react';
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { Button } from '../ui/button';
import { buttonClasses } from '../ui/button-style';
import { joinClasses } from '../ui/join-classes';
import { notLoaded } from '../ui/later';
import { droppedFiles } from './dropped-files';
import { UploadRow, type UploadRowVerbs } from './upload-row';
import { canRetry, isUnderWay, needsAttention } from './upload-state';
import { uploadWords, wordGroup } from './upload-words';
import { useUpload } from './use-upload';

interface UploaderProps {
  characterId: string;
  /** An image has been taken in. */
  onReady: (image: ImageView) => void;
  /** Shows the image that a file turned out to be a copy of. */
  onShow: (imageId: string) => void;
  /** Removes an image that is too small to train on; true when it is gone. */
  onRemoveImage: (imageId: string) => Promise<boolean>;
  /** Beside the button: another way to pictures. */
  children?: ReactNode;
}

/** Six rows and half of one: what is cut off and the shade at the edge say that there is more. */
const scrollingClasses = 'scroll-shades max-h-[23.25rem] overflow-y-auto overscroll-contain';

/** Brings pictures in: by button, camera, drop and paste, each file with its own fate. */
export function Uploader({ characterId, onReady, onShow, onRemoveImage, children }: UploaderProps) {
  const inputId = useId();
  const input = useRef<HTMLInputElement>(null);
  const replaced = useRef<string | null>(null);
  const queue = useUpload(characterId, onReady);
  const { uploads } = queue;
  const [over, setOver] = useState(false);
  const latest = useRef({ queue, onShow, onRemoveImage });
  latest.current = { queue, onShow, onRemoveImage };

  const underWay = uploads.some(isUnderWay);
  const retryable = uploads.filter(canRetry);
  const unfinished = uploads.some(
    (upload) => needsAttention(upload) && upload.state.kind !== 'tooSmall',
  );

  const verbs = useMemo(
    (): UploadRowVerbs => ({
      retry: (id) => latest.current.queue.retry([id]),
      accept: (id) => latest.current.queue.accept(id),
      show: (imageId) => latest.current.onShow(imageId),
      remove: (id) => {
        input.current?.focus();
        latest.current.queue.remove([id]);
      },
      removeImage: async (id, imageId) => {
        if (!(await latest.current.onRemoveImage(imageId))) return;
        input.current?.focus();
        latest.current.queue.remove([id]);
      },
      choose: (id) => {
        replaced.current = id;
        input.current?.click();
      },
    }),
    [],
  );

  // Files can be dropped and pasted anywhere: beside the zone the browser would open them instead.
  useEffect(() => {
    let depth = 0;
    const hasFiles = ({ dataTransfer }: DragEvent) =>
      dataTransfer?.types.includes('Files') === true;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth -= 1;
      setOver(depth > 0);
    };
    const allow = (event: DragEvent) => {
      if (hasFiles(event)) event.preventDefault();
    };
    const drop = async (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!event.dataTransfer || !hasFiles(event)) return;
      event.preventDefault();
      latest.current.queue.add(await droppedFiles(event.dataTransfer));
    };
    const cancelled = () => {
      replaced.current = null;
    };
    const paste = (event: ClipboardEvent) => {
      const files = event.clipboardData?.files;
      if (!files?.length) return;
      event.preventDefault();
      latest.current.queue.add(files);
    };

    const picker = input.current;
    picker?.addEventListener('cancel', cancelled);
    document.addEventListener('dragenter', enter);
    document.addEventListener('dragleave', leave);
    document.addEventListener('dragover', allow);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      picker?.removeEventListener('cancel', cancelled);
      document.removeEventListener('dragenter', enter);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('dragover', allow);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, []);

  return (
    <div className="flex flex-col gap-3">
      <div
        className={joinClasses(
          'flex flex-col items-center gap-3 rounded-control border border-dashed px-4 py-6 text-center transition-colors duration-base',
          over ? 'border-accent bg-accent-soft' : 'border-control bg-ground',
        )}
      >
        <div className="flex flex-wrap items-center justify-center gap-3">
          <span className="relative inline-flex">
            <input
              ref={input}
              id={inputId}
              type="file"
              multiple
              accept="image/*,.heic,.heif"
              onChange={(event) => {
                const files = [...(event.target.files ?? [])];
                // The same file can be chosen again.
                event.target.value = '';
                if (files.length > 0 && replaced.current) queue.remove([replaced.current]);
                replaced.current = null;
                queue.add(files);
              }}
              className="peer absolute inset-0 size-full cursor-pointer opacity-0 file:cursor-pointer"
            />
            <label
              htmlFor={inputId}
              className={joinClasses(
                buttonClasses({ variant: 'secondary' }),
                'pointer-events-none peer-hover:bg-well peer-focus-visible:outline-2 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-focus',
              )}
            >
              <UploadIcon aria-hidden="true" />
              Choose images
            </label>
          </span>
          {children}
        </div>
        <p className="max-w-measure text-small text-ink-2">
          {over
            ? 'Drop them here.'
            : 'Or drop files or folders here, or paste. JPEG, PNG, WebP or HEIC, up to 20 MB each. Location and camera data are removed.'}
        </p>
      </div>

      {queue.notLoaded && (
        <p role="alert" className="text-small text-bad">
          {notLoaded}
        </p>
      )}

      {uploads.length > 0 && (
        <section aria-label="Uploads" className="flex flex-col gap-2">
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
            <p className="font-medium tabular-nums">{wordGroup(uploads)}</p>
            <div className="flex gap-1">
              {retryable.length > 1 && (
                <Button size="small" onClick={() => queue.retry(retryable.map(({ id }) => id))}>
                  Try all again
                </Button>
              )}
              {!underWay && (
                <Button
                  size="small"
                  variant="quiet"
                  onClick={() => {
                    input.current?.focus();
                    queue.remove(uploads.map(({ id }) => id));
                  }}
                >
                  Clear list
                </Button>
              )}
            </div>
          </div>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
          <section aria-label="Files" tabIndex={0} className={scrollingClasses}>
            <ul className="grid gap-x-6 lg:grid-cols-2">
              {uploads.map((upload) => (
                <UploadRow key={upload.id} upload={upload} verbs={verbs} />
              ))}
            </ul>
          </section>
          {(underWay || unfinished) && <p className="text-small text-ink-2">{uploadWords.kept}</p>}
        </section>
      )}
    </div>
  );
}
