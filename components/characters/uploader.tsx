'use client';

import { Upload as UploadIcon } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { Button } from '../ui/button';
import { buttonClasses } from '../ui/button-style';
import { joinClasses } from '../ui/join-classes';
import { UploadRow } from './upload-row';
import { groupStage, wordGroup, wordUpload } from './upload-words';
import { useUpload } from './use-upload';

interface UploaderProps {
  characterId: string;
  /** An image has been taken in. */
  onReady: (image: ImageView) => void;
  /** Shows the image that a file turned out to be a copy of. */
  onShow: (imageId: string) => void;
  /** Beside the button: another way to pictures. */
  children?: ReactNode;
}

/** Brings pictures in: by button, camera, drop and paste, each file with its own fate. */
export function Uploader({ characterId, onReady, onShow, children }: UploaderProps) {
  const inputId = useId();
  const { uploads, underWay, add, retry, forget } = useUpload(characterId, onReady);
  const [over, setOver] = useState(false);
  const retryable = uploads.filter(({ state }) => state.kind === 'failed' && state.canRetry);

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
    const take = (event: Event, files: FileList | undefined) => {
      if (!files?.length) return;
      event.preventDefault();
      add(files);
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      take(event, event.dataTransfer?.files);
    };
    const paste = (event: ClipboardEvent) => take(event, event.clipboardData?.files);

    document.addEventListener('dragenter', enter);
    document.addEventListener('dragleave', leave);
    document.addEventListener('dragover', allow);
    document.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('dragenter', enter);
      document.removeEventListener('dragleave', leave);
      document.removeEventListener('dragover', allow);
      document.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, [add]);

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
              id={inputId}
              type="file"
              multiple
              accept="image/*,.heic,.heif"
              onChange={(event) => {
                if (event.target.files) add(event.target.files);
                // The same file can be chosen again.
                event.target.value = '';
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
            : 'Or drop them here, or paste. JPEG, PNG, WebP or HEIC, up to 20 MB each. Location and camera data are removed.'}
        </p>
      </div>

      {uploads.length > 0 && (
        <section aria-label="Uploads" className="flex flex-col gap-2">
          <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
            <p className="font-medium tabular-nums">{wordGroup(uploads)}</p>
            <div className="flex gap-1">
              {retryable.length > 1 && (
                <Button
                  size="small"
                  onClick={() => {
                    for (const { id } of retryable) retry(id);
                  }}
                >
                  Try all again
                </Button>
              )}
              {!underWay && (
                <Button size="small" variant="quiet" onClick={() => forget(() => true)}>
                  Clear list
                </Button>
              )}
            </div>
          </div>
          <ul className="grid max-h-96 gap-x-6 overflow-y-auto overscroll-contain sm:grid-cols-2">
            {uploads.map((upload) => (
              <UploadRow
                key={upload.id}
                upload={upload}
                onRetry={() => retry(upload.id)}
                onRemove={() => forget(({ id }) => id === upload.id)}
                onShow={onShow}
              />
            ))}
          </ul>
        </section>
      )}
      <GroupSpeech stage={groupStage(uploads)} line={wordGroup(uploads)} />
      <div role="log" aria-label="Upload problems" className="sr-only">
        {uploads
          .filter(({ state }) => state.kind === 'failed')
          .map((upload) => (
            <p key={upload.id}>
              {upload.file.name}: {wordUpload(upload)}
            </p>
          ))}
      </div>
    </div>
  );
}

/** Speaks the group line at the start, at half and at the end, never each percent. */
function GroupSpeech({ stage, line }: { stage: ReturnType<typeof groupStage>; line: string }) {
  const [speech, setSpeech] = useState('');
  const latest = useRef(line);
  latest.current = line;
  useEffect(() => {
    setSpeech(stage === 'none' ? '' : latest.current);
  }, [stage]);
  return (
    <p role="status" className="sr-only">
      {speech}
    </p>
  );
}
