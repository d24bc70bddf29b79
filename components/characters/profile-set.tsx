'use client';

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { formatCount } from '@/lib/format';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { Print } from '../ui/print';
import { ProgressBar } from '../ui/progress-bar';
import { SandboxMark } from '../ui/sandbox-mark';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { HeartButton } from './heart-button';
import { ImageDialog } from './image-dialog';
import { panelSheetClasses } from './panel-sheet';
import { Uploader } from './uploader';
import { type LikeVerb, useLikes } from './use-likes';

export interface ProfileSetVerbs {
  requestProfileSet: Verb<{ characterId: string }>;
  likeImage: LikeVerb;
  saveCaption: Verb<{ imageId: string; caption: string }>;
  removeImage: Verb<{ imageId: string }>;
}

interface ProfileSetProps {
  characterId: string;
  images: readonly ImageView[];
  /** The generator can still draw: the set is not complete. */
  canDraw: boolean;
  /** What draws is the sandbox: illustrations, and said to be such. */
  sandboxGenerator: boolean;
  verbs: ProfileSetVerbs;
  /** Told how many images are ready, for whatever depends on it. */
  onCount: (readyCount: number) => void;
}

const drawEveryMs = 1_500;

/** The pictures of an influencer: bring them in or have them drawn, look at them, like, remove. */
export function ProfileSet({
  characterId,
  images: initial,
  canDraw,
  sandboxGenerator,
  verbs,
  onCount,
}: ProfileSetProps) {
  const queries = useQueryClient();
  const key = ['character-images', characterId];
  const { data: images, refetch } = useQuery({
    queryKey: key,
    queryFn: async ({ signal }): Promise<readonly ImageView[]> => {
      const response = await fetch(`/api/influencer/${characterId}/images`, { signal });
      if (!response.ok) throw new Error(`Status ${response.status}`);
      const body: { images: ImageView[] } = await response.json();
      onCount(body.images.filter(isInSet).length);
      return body.images;
    },
    initialData: initial,
    refetchOnMount: 'always',
    refetchInterval: ({ state }) => (state.data?.some(isBeingDrawn) ? drawEveryMs : false),
  });
  const likes = useLikes(verbs.likeImage);
  const remove = useVerb(verbs.removeImage);
  const draw = useVerb(verbs.requestProfileSet);
  const [openId, setOpenId] = useState<string | null>(null);
  const afterRemoval = useRef<HTMLElement>(null);

  const shown = images.filter((image) => isShown(image) || isBeingDrawn(image));
  const ready = images.filter(isShown);
  const generated = images.filter(
    ({ source, inProfileSet }) => source === 'generated' && inProfileSet,
  );
  const waiting = images.filter(isBeingDrawn).length;
  const open = ready.find(({ id }) => id === openId);

  function change(next: (before: readonly ImageView[]) => readonly ImageView[]) {
    const changed = next(queries.getQueryData<readonly ImageView[]>(key) ?? images);
    queries.setQueryData(key, changed);
    onCount(changed.filter(isInSet).length);
  }

  const show = useCallback((imageId: string) => {
    const cell = document.getElementById(cellId(imageId));
    cell?.scrollIntoView({ block: 'center' });
    cell?.querySelector<HTMLElement>('button')?.focus();
  }, []);

  return (
    <div className="flex flex-col gap-6">
      <Uploader
        characterId={characterId}
        onReady={(image) =>
          change((before) =>
            [...before.filter(({ id }) => id !== image.id), image].sort(
              (one, other) => one.number - other.number,
            ),
          )
        }
        onShow={show}
        onRemoveImage={async (imageId) => {
          const result = await remove.run({ imageId });
          if (!result?.ok) return false;
          change((before) => before.filter(({ id }) => id !== imageId));
          return true;
        }}
      >
        {canDraw && (
          <Button
            variant="quiet"
            icon={<Pencil aria-hidden="true" />}
            pending={draw.pending}
            onClick={async () => {
              const result = await draw.run({ characterId });
              if (result?.ok) await refetch();
            }}
          >
            {sandboxGenerator ? 'Draw eight sandbox illustrations' : 'Make eight images'}
          </Button>
        )}
      </Uploader>

      {draw.refusal && <RefusalNotice refusal={draw.refusal} />}
      {remove.refusal && <RefusalNotice refusal={remove.refusal} />}
      {waiting > 0 && (
        <div className="flex flex-col gap-1.5">
          <p className="text-small text-ink-2 tabular-nums">
            Drawing: {generated.length - waiting} of {generated.length}
          </p>
          <ProgressBar
            label="Drawing"
            value={generated.length - waiting}
            max={generated.length}
            valueText={`${generated.length - waiting} of ${generated.length} drawn`}
          />
        </div>
      )}
      <p role="status" className="sr-only">
        {waiting > 0
          ? 'Drawing has started.'
          : generated.length > 0 && draw.refusal === null
            ? `${formatCount(generated.length, 'illustration')} drawn.`
            : ''}
      </p>

      {shown.length === 0 ? (
        <p className="py-6 text-center text-ink-2">
          No images yet. Upload 5 or more of the same person, from different sides and in different
          light.
        </p>
      ) : (
        <ul aria-label="Profile set" className={panelSheetClasses}>
          {shown.map((image, index) => (
            <li key={image.id} id={cellId(image.id)} className="relative min-w-0">
              <Print
                src={isShown(image) ? paths.image(image.id, 'thumb') : null}
                alt=""
                frame={image.number}
                eager={index < 12}
                caption={wordKind(image, sandboxGenerator)}
              >
                {isShown(image) ? (
                  <>
                    <button
                      type="button"
                      aria-label={`Open image ${image.number}`}
                      onClick={() => setOpenId(image.id)}
                      className="absolute inset-0 rounded-picture"
                    />
                    <HeartButton
                      number={image.number}
                      liked={likes.isLiked(image)}
                      onToggle={() => likes.toggle(image)}
                      className="!absolute top-1 right-1"
                    />
                  </>
                ) : (
                  <span className="pulse absolute inset-0 flex items-center justify-center rounded-picture bg-line text-small text-ink-2">
                    Drawing…
                  </span>
                )}
              </Print>
            </li>
          ))}
        </ul>
      )}
      {likes.failure && (
        <p role="alert" className="text-small text-bad">
          {likes.failure}
        </p>
      )}
      {sandboxGenerator && generated.length > 0 && (
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-small text-ink-2">
          <SandboxMark />
          The drawn images are illustrations for trying things out, not photographs.
        </p>
      )}

      {open && (
        <ImageDialog
          key={open.id}
          image={open}
          liked={likes.isLiked(open)}
          onLike={() => likes.toggle(open)}
          saveCaption={verbs.saveCaption}
          removeImage={verbs.removeImage}
          onSaved={(caption) =>
            change((before) =>
              before.map((image) =>
                image.id === open.id ? { ...image, caption: caption || null } : image,
              ),
            )
          }
          returnFocus={afterRemoval}
          onRemoved={() => {
            const at = ready.indexOf(open);
            const neighbour = ready[at + 1] ?? ready[at - 1];
            afterRemoval.current = neighbour
              ? (document.getElementById(cellId(neighbour.id))?.querySelector('button') ?? null)
              : null;
            setOpenId(null);
            change((before) => before.filter(({ id }) => id !== open.id));
          }}
          onClose={() => setOpenId(null)}
        />
      )}
    </div>
  );
}

const isInSet = ({ state, inProfileSet }: ImageView) => state === 'ready' && inProfileSet;
/** The set, and uploads that are too small for it: whoever brought them in looks for them here. */
const isShown = (image: ImageView) =>
  isInSet(image) || (image.state === 'ready' && image.source === 'upload');
const isBeingDrawn = ({ state, source, inProfileSet }: ImageView) =>
  state === 'uploading' && source === 'generated' && inProfileSet;
const cellId = (imageId: string) => `image-${imageId}`;

function wordKind(image: ImageView, sandboxGenerator: boolean): string | null {
  if (image.tooSmallForTraining) return 'too small';
  return image.source === 'generated' && sandboxGenerator ? 'illustration' : null;
}
