'use client';

import { Check, ChevronLeft, ChevronRight, Heart, ZoomIn, ZoomOut } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { TrainableImage } from '@/lib/lora/get-training-panel';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { IconButton } from '../ui/icon-button';
import { TextArea } from '../ui/text-area';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { selectionFullSentence } from './selection-summary';

export type SaveCaptionVerb = Verb<{ imageId: string; caption: string }>;

interface ImagePreviewProps {
  image: TrainableImage;
  /** As it was saved last. */
  caption: string;
  /** "3 of 12", in what the filter shows. */
  place: string;
  chosen: boolean;
  /** The most is chosen already. */
  full: boolean;
  liked: boolean;
  /** Why a heart returned. */
  trouble: string | null;
  /** What is to be said about the selection: the page's own region is silent behind a dialog. */
  speech: string;
  onToggle: () => void;
  onLike: () => void;
  onStep: (by: -1 | 1) => void;
  saveCaption: SaveCaptionVerb;
  onSaved: (caption: string) => void;
  onClose: () => void;
}

const zooms = [1, 1.5, 2, 3, 4] as const;

/**
 * One picture, whole, over the sheet. Left and Right step through what the filter shows, Space
 * selects, L likes, + and − zoom; none of that while a caption is typed. What was typed stays with
 * its picture until the dialog closes.
 */
export function ImagePreview({
  image,
  caption,
  place,
  chosen,
  full,
  liked,
  trouble,
  speech,
  onToggle,
  onLike,
  onStep,
  saveCaption,
  onSaved,
  onClose,
}: ImagePreviewProps) {
  const { number } = image;
  const [zoomAt, setZoomAt] = useState(0);
  const zoom = zooms[zoomAt] ?? 1;
  const drafts = useRef(new Map<string, string>());
  const zoomBy = (by: number) =>
    setZoomAt((at) => Math.min(zooms.length - 1, Math.max(0, at + by)));

  // The dialog is modal: while it is open every key is meant for it.
  useEffect(() => {
    const acts = new Map<string, () => void>([
      ['ArrowLeft', () => onStep(-1)],
      ['ArrowRight', () => onStep(1)],
      [' ', onToggle],
      ['l', onLike],
      ['L', onLike],
      ['+', () => zoomBy(1)],
      ['=', () => zoomBy(1)],
      ['-', () => zoomBy(-1)],
    ]);
    function pressed(event: KeyboardEvent) {
      const { key, target } = event;
      const act = acts.get(key);
      if (!act || event.metaKey || event.ctrlKey || event.altKey) return;
      if (!(target instanceof Element) || target.closest('textarea')) return;
      // Space presses a button, and arrows move a picture that is larger than its window.
      if (key === ' ' && target.closest('button')) return;
      if (key.startsWith('Arrow') && target.closest('[data-pans]')) return;
      event.preventDefault();
      act();
    }
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  });

  return (
    <Dialog
      open
      size="full"
      onClose={onClose}
      title={`Image ${number}`}
      actions={
        <>
          <Button
            variant={chosen ? 'secondary' : 'primary'}
            aria-pressed={chosen}
            onClick={onToggle}
            icon={chosen ? <Check aria-hidden="true" /> : undefined}
            unavailable={full && !chosen ? selectionFullSentence : undefined}
          >
            Select image {number}
          </Button>
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
            Like image {number}
          </Button>
          <span className="flex flex-1 items-center gap-2">
            <IconButton label="Previous image" variant="framed" onClick={() => onStep(-1)}>
              <ChevronLeft aria-hidden="true" />
            </IconButton>
            <IconButton label="Next image" variant="framed" onClick={() => onStep(1)}>
              <ChevronRight aria-hidden="true" />
            </IconButton>
            <span className="text-small whitespace-nowrap text-ink-2 tabular-nums">{place}</span>
            <span className="ml-auto flex gap-2 sm:ml-2">
              <IconButton label="Zoom out" variant="framed" onClick={() => zoomBy(-1)}>
                <ZoomOut aria-hidden="true" />
              </IconButton>
              <IconButton label="Zoom in" variant="framed" onClick={() => zoomBy(1)}>
                <ZoomIn aria-hidden="true" />
              </IconButton>
            </span>
          </span>
        </>
      }
    >
      <p role="status" className="sr-only">
        {`Image ${number}, ${place}${chosen ? ', selected' : ''}${liked ? ', liked' : ''}.`}
      </p>
      <p role="status" className="sr-only">
        {speech}
      </p>
      <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_20rem] lg:gap-6">
        <section
          aria-label={`Image ${number}, ${zoom} times as large`}
          tabIndex={zoom > 1 ? 0 : undefined}
          data-pans={zoom > 1 || undefined}
          className="h-[max(12rem,calc(100dvh-34rem))] overflow-auto overscroll-contain rounded-picture bg-well sm:h-[max(14rem,calc(100dvh-26rem))] lg:h-[max(14rem,calc(100dvh-12.5rem))]"
        >
          <div style={{ width: `${zoom * 100}%`, height: `${zoom * 100}%` }}>
            <img
              key={image.id}
              src={image.url}
              alt={caption || `Image ${number}`}
              draggable={false}
              className="size-full object-contain"
            />
          </div>
        </section>
        <div className="flex flex-col gap-3">
          {trouble && (
            <p role="alert" className="text-small text-bad">
              {trouble}
            </p>
          )}
          <Caption
            key={image.id}
            imageId={image.id}
            saved={caption}
            draft={drafts.current.get(image.id)}
            onDraft={(text) => drafts.current.set(image.id, text)}
            saveCaption={saveCaption}
            onSaved={onSaved}
          />
        </div>
      </div>
    </Dialog>
  );
}

function Caption({
  imageId,
  saved,
  draft,
  onDraft,
  saveCaption,
  onSaved,
}: {
  imageId: string;
  saved: string;
  draft: string | undefined;
  onDraft: (text: string) => void;
  saveCaption: SaveCaptionVerb;
  onSaved: (caption: string) => void;
}) {
  const [text, setText] = useState(draft ?? saved);
  const [kept, setKept] = useState(false);
  const save = useVerb(saveCaption);
  const changed = text.trim() !== saved.trim();

  async function keep() {
    const caption = text.trim();
    const result = await save.run({ imageId, caption });
    if (!result?.ok) return;
    onSaved(caption);
    setKept(true);
  }

  return (
    <>
      <TextArea
        label="Caption"
        hint="What the model is told about this picture. When it is empty, we write one."
        rows={3}
        dir="auto"
        maxLength={2_000}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          onDraft(event.target.value);
          setKept(false);
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void keep();
        }}
        error={save.refusal ? `Not saved. ${save.refusal.sentence}` : undefined}
      />
      <div className="flex items-center gap-3">
        <Button size="small" pending={save.pending} onClick={keep}>
          Save caption
        </Button>
        <span role="status" className="text-small text-ink-3">
          {kept && !changed ? 'Saved' : changed ? 'Not saved yet' : ''}
        </span>
      </div>
    </>
  );
}
