'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useState } from 'react';
import { formatNumber } from '@/lib/format';
import type { SampleView } from '@/lib/lora/get-training-record';
import { Dialog } from '../ui/dialog';
import { IconButton } from '../ui/icon-button';
import { SandboxMark } from '../ui/sandbox-mark';

interface TrainingSamplesProps {
  /** Newest first. */
  samples: readonly SampleView[];
  sandbox: boolean;
}

const nameOf = ({ step }: SampleView) => `Sample at step ${formatNumber(step)}`;

/** The pictures a trainer made on the way, newest first; a press enlarges one. */
export function TrainingSamples({ samples, sandbox }: TrainingSamplesProps) {
  const [openId, setOpenId] = useState<string | null>(null);
  const place = samples.findIndex(({ id }) => id === openId);
  const open = samples[place];
  // Round and round, so that no button is dead at an end.
  const go = (by: number) =>
    setOpenId(samples[(place + by + samples.length) % samples.length]?.id ?? openId);
  return (
    <>
      <ul
        aria-label="Samples, newest first"
        className="-m-1 flex gap-2 overflow-x-auto p-1 pb-2 [scrollbar-width:thin]"
      >
        {samples.map((sample) => (
          // Of a width that shows a good part of the fourth on a phone: the row scrolls.
          <li key={sample.id} className="w-[min(6rem,28%)] flex-none">
            <button
              type="button"
              onClick={() => setOpenId(sample.id)}
              className="relative flex w-full flex-col gap-1 rounded-picture text-left text-frame text-ink-3 tabular-nums transition-opacity duration-slow starting:opacity-0 motion-reduce:duration-out"
            >
              <img
                src={sample.thumbnailUrl}
                alt=""
                loading="lazy"
                decoding="async"
                className="aspect-frame w-full rounded-picture bg-well object-cover"
              />
              <span>
                <span className="sr-only">Enlarge sample at step </span>
                <span aria-hidden="true">Step </span>
                {formatNumber(sample.step)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {open && (
        <Dialog
          open
          size="wide"
          onClose={() => setOpenId(null)}
          title={nameOf(open)}
          description={
            <span className="flex flex-wrap items-center gap-2">
              {sandbox && <SandboxMark />}
              <span className="min-w-0">{open.prompt || 'Made without a prompt'}</span>
            </span>
          }
        >
          {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrows are an extra, the buttons below do the same */}
          <div
            onKeyDown={({ key }) => {
              if (key === 'ArrowLeft') go(-1);
              if (key === 'ArrowRight') go(1);
            }}
          >
            <div className="flex justify-center rounded-picture bg-well">
              <img
                key={open.id}
                src={open.url}
                alt={nameOf(open)}
                className="h-[min(60dvh,40rem)] w-auto max-w-full rounded-picture object-contain"
              />
            </div>
            {samples.length > 1 && (
              <div className="mt-3 flex items-center justify-center gap-3">
                <IconButton
                  label="Newer sample"
                  variant="framed"
                  onClick={() => go(-1)}
                  data-autofocus
                >
                  <ChevronLeft aria-hidden="true" />
                </IconButton>
                <p role="status" className="text-small text-ink-2 tabular-nums">
                  {place + 1} of {samples.length}
                  <span className="sr-only">, {nameOf(open)}</span>
                </p>
                <IconButton label="Older sample" variant="framed" onClick={() => go(1)}>
                  <ChevronRight aria-hidden="true" />
                </IconButton>
              </div>
            )}
          </div>
        </Dialog>
      )}
    </>
  );
}
