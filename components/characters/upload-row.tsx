'use client';

import { Check, CircleAlert, Copy, LogIn, X } from 'lucide-react';
import { usePathname } from 'next/navigation';
import { memo, useEffect, useRef, useState } from 'react';
import { formatBytes } from '@/lib/format';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { buttonClasses } from '../ui/button-style';
import { IconButton } from '../ui/icon-button';
import { joinClasses } from '../ui/join-classes';
import { Link } from '../ui/link';
import { ProgressBar } from '../ui/progress-bar';
import { canRetry, isUnderWay, type Upload } from './upload-state';
import { percent, speakProgress, wordUpload } from './upload-words';

/** What can be done about one file. The same object for every row, so that a row rests. */
export interface UploadRowVerbs {
  retry: (id: string) => void;
  /** Stops it if need be and takes it off the list. */
  remove: (id: string) => void;
  /** Keeps an image that is too small to train on. */
  accept: (id: string) => void;
  /** Removes that image. */
  removeImage: (id: string, imageId: string) => void;
  /** Opens the file picker: for the same file again, or for another in its place. */
  choose: (replaced: string | null) => void;
  show: (imageId: string) => void;
}

/** One file on its way: its picture, its name, where it stands, and what can be done about it. */
export const UploadRow = memo(function UploadRow({
  upload,
  verbs,
}: {
  upload: Upload;
  verbs: UploadRowVerbs;
}) {
  const { file, name, bytes, state } = upload;
  return (
    <li className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line py-2 [contain-intrinsic-height:auto_3.5rem] [content-visibility:auto]">
      <Preview file={file} />
      <div className="relative min-w-32 flex-1">
        <FileName name={name} />
        <p
          className={joinClasses(
            'flex items-start gap-1.5 text-small tabular-nums',
            state.kind === 'failed' ? 'text-bad' : 'text-ink-2',
          )}
        >
          <span className="min-w-12 flex-none text-ink-3">{formatBytes(bytes)}</span>
          {!isUnderWay(upload) && <Outcome kind={state.kind} />}
          <span className="min-w-0">{wordUpload(upload)}</span>
        </p>
        {isUnderWay(upload) && <Progress upload={upload} />}
      </div>
      <Actions upload={upload} verbs={verbs} />
    </li>
  );
});

/** On one line, however long: its middle is left out, so that its ending stays. */
function FileName({ name }: { name: string }) {
  const characters = [...name];
  const endLength = Math.min(12, Math.floor(characters.length / 2));
  return (
    <p className="flex" title={name}>
      <bdi className="flex min-w-0 whitespace-pre">
        <span className="min-w-0 overflow-hidden text-ellipsis">
          {characters.slice(0, -endLength).join('')}
        </span>
        <span className="flex-none">{characters.slice(-endLength).join('')}</span>
      </bdi>
    </p>
  );
}

/** Below the words, where it takes no room: a row is as high before as after. */
function Progress({ upload }: { upload: Upload }) {
  const { state, name, bytes } = upload;
  // Bytes have arrived and nobody knows how long the rest takes.
  const value =
    state.kind === 'checking'
      ? null
      : state.kind === 'sending'
        ? percent(state.sentBytes, bytes)
        : 0;
  return (
    <ProgressBar
      label={name}
      value={value}
      valueText={speakProgress(upload)}
      className="absolute inset-x-0 top-full mt-0.5 !h-1"
    />
  );
}

function Actions({ upload, verbs }: { upload: Upload; verbs: UploadRowVerbs }) {
  const { id, name, state } = upload;
  const pathname = usePathname();
  switch (state.kind) {
    case 'done':
      return null;
    case 'duplicate':
      return (
        <Button size="small" variant="quiet" onClick={() => verbs.show(state.ofImageId)}>
          Show image {state.ofNumber}
        </Button>
      );
    case 'tooSmall':
      return (
        <span className="flex flex-wrap items-center gap-1 max-sm:w-full max-sm:pl-8">
          <Button
            size="small"
            variant="quiet"
            aria-label={`Keep image ${state.number} for the gallery`}
            onClick={() => verbs.accept(id)}
          >
            Keep for the gallery
          </Button>
          <Button
            size="small"
            variant="quiet"
            aria-label={`Remove image ${state.number}`}
            onClick={() => verbs.removeImage(id, state.imageId)}
          >
            Remove
          </Button>
        </span>
      );
    default:
      return (
        <span
          className={joinClasses(
            'flex flex-none items-center gap-1',
            // Below the words they belong to, where there is no room beside them.
            !isUnderWay(upload) && 'max-sm:w-full max-sm:pl-8',
          )}
        >
          {state.kind === 'signedOut' ? (
            <Link
              href={paths.signIn(pathname)}
              className={buttonClasses({ size: 'small', variant: 'quiet' })}
            >
              <LogIn aria-hidden="true" />
              Sign in
            </Link>
          ) : state.kind === 'unfinished' ? (
            <Button
              size="small"
              variant="quiet"
              aria-label={`Choose ${name} again`}
              onClick={() => verbs.choose(null)}
            >
              Choose file
            </Button>
          ) : state.kind === 'failed' && state.wayOut === 'another' ? (
            <Button
              size="small"
              variant="quiet"
              aria-label={`Choose another file for ${name}`}
              onClick={() => verbs.choose(id)}
            >
              Choose another
            </Button>
          ) : canRetry(upload) ? (
            <Button
              size="small"
              variant="quiet"
              aria-label={`Try again to upload ${name}`}
              onClick={() => verbs.retry(id)}
            >
              Try again
            </Button>
          ) : null}
          <IconButton
            label={isUnderWay(upload) ? `Cancel the upload of ${name}` : `Remove ${name}`}
            className="max-sm:ml-auto"
            onClick={() => verbs.remove(id)}
          >
            <X aria-hidden="true" />
          </IconButton>
        </span>
      );
  }
}

function Outcome({ kind }: { kind: Upload['state']['kind'] }) {
  const Icon = kind === 'done' ? Check : kind === 'duplicate' ? Copy : CircleAlert;
  return (
    <Icon
      className={`mt-px size-4 flex-none ${kind === 'done' ? 'text-good' : ''}`}
      aria-hidden="true"
    />
  );
}

/**
 * The file itself, small, once its row comes into view: 400 photographs are not decoded at once.
 * What the browser cannot show stays an empty frame.
 */
function Preview({ file }: { file: File | null }) {
  const frame = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!frame.current || !file) return;
    let made: string | null = null;
    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting || made) return;
      made = URL.createObjectURL(file);
      setUrl(made);
      observer.disconnect();
    });
    observer.observe(frame.current);
    return () => {
      observer.disconnect();
      if (made) URL.revokeObjectURL(made);
    };
  }, [file]);
  return (
    <span
      ref={frame}
      className="aspect-frame w-8 flex-none overflow-hidden rounded-picture bg-well shadow-[inset_0_0_0_1px_var(--line)]"
    >
      {url && (
        <img
          src={url}
          alt=""
          decoding="async"
          onError={() => setUrl(null)}
          className="size-full object-cover"
        />
      )}
    </span>
  );
}
