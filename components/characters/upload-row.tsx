'use client';

import { Check, CircleAlert, Copy, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { formatBytes, shortenMiddle } from '@/lib/format';
import { Button } from '../ui/button';
import { IconButton } from '../ui/icon-button';
import { ProgressBar } from '../ui/progress-bar';
import { isUnderWay, type Upload } from './upload-queue';
import { percent, wordUpload } from './upload-words';

interface UploadRowProps {
  upload: Upload;
  onRetry: () => void;
  onRemove: () => void;
  onShow: (imageId: string) => void;
}

/** One file on its way: its picture, its name, where it stands, and what can be done about it. */
export function UploadRow({ upload, onRetry, onRemove, onShow }: UploadRowProps) {
  const { file, state } = upload;
  const words = wordUpload(upload);
  return (
    <li className="flex min-w-0 items-center gap-3 border-b border-line py-2">
      <Preview file={file} />
      <div className="min-w-0 flex-1">
        <p className="flex items-baseline justify-between gap-3">
          <span className="min-w-0 truncate" title={file.name}>
            <bdi>{shortenMiddle(file.name)}</bdi>
          </span>
          <span className="flex-none text-small text-ink-3 tabular-nums">
            {formatBytes(file.size)}
          </span>
        </p>
        {isUnderWay(upload) ? (
          <div className="flex items-center gap-3">
            <ProgressBar
              label={file.name}
              value={progressOf(upload)}
              valueText={`${file.name}, ${state.kind === 'sending' ? words.replace(' %', ' percent') : words}`}
            />
            <span className="min-w-18 flex-none text-right text-small text-ink-2 tabular-nums">
              {words}
            </span>
          </div>
        ) : (
          <p
            className={`flex items-start gap-1.5 text-small ${state.kind === 'failed' ? 'text-bad' : 'text-ink-2'}`}
          >
            <Outcome kind={state.kind} />
            <span className="min-w-0">{words}</span>
          </p>
        )}
      </div>
      {state.kind === 'duplicate' && (
        <Button size="small" variant="quiet" onClick={() => onShow(state.ofImageId)}>
          Show image {state.ofNumber}
        </Button>
      )}
      {state.kind === 'failed' && (
        <span className="flex flex-none items-center">
          {state.canRetry && (
            <Button
              size="small"
              variant="quiet"
              onClick={onRetry}
              aria-label={`Try again to upload ${file.name}`}
            >
              Try again
            </Button>
          )}
          <IconButton label={`Take ${file.name} off the list`} onClick={onRemove}>
            <X aria-hidden="true" />
          </IconButton>
        </span>
      )}
    </li>
  );
}

/** Where the bar stands, of 100; null: bytes have arrived and nobody knows how long the rest takes. */
function progressOf({ state, file }: Upload): number | null {
  if (state.kind === 'checking') return null;
  return state.kind === 'sending' ? percent(state.sentBytes, file.size) : 0;
}

function Outcome({ kind }: { kind: Upload['state']['kind'] }) {
  const Icon = kind === 'failed' ? CircleAlert : kind === 'duplicate' ? Copy : Check;
  return (
    <Icon className={`mt-px size-4 ${kind === 'done' ? 'text-good' : ''}`} aria-hidden="true" />
  );
}

/** The file itself, small. What the browser cannot show stays an empty frame. */
function Preview({ file }: { file: File }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return (
    <span className="aspect-frame w-8 flex-none overflow-hidden rounded-picture bg-well shadow-[inset_0_0_0_1px_var(--line)]">
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
