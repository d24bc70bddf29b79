import type { ImageView } from '@/lib/characters/image-view';
import { wordError } from '@/lib/error-messages';
import type { ErrorCode } from '@/lib/errors';
import { paths } from '@/lib/paths';
import { ProfileSetStep } from '../characters/profile-set-step';
import type { Upload, UploadState } from '../characters/upload-state';
import { pauseWords, uploadWords } from '../characters/upload-words';
import type { StateName } from './catalogue';
import { drawnId, idOf, instant, minutesMs } from './facts';
import type { ShownState } from './shown-state';
import { done } from './stand-in-verbs';
import { WizardPage } from './wizard-states';

function imageView(number: number, changes: Partial<ImageView> = {}): ImageView {
  return {
    id: drawnId(number),
    number,
    source: 'upload',
    state: 'ready',
    liked: number % 3 === 1,
    likedAt: number % 3 === 1 ? instant(-minutesMs) : null,
    inProfileSet: true,
    caption: null,
    prompt: null,
    width: 1_024,
    height: 1_280,
    tooSmallForTraining: false,
    rejection: null,
    fileName: `IMG_${2_040 + number}.jpg`,
    createdAt: instant(-number * minutesMs),
    ...changes,
  };
}

function imageViews(count: number, change: (number: number) => Partial<ImageView> = () => ({})) {
  return Array.from({ length: count }, (_, at) => imageView(at + 1, change(at + 1)));
}

const drawn = { source: 'generated', width: 768, height: 960 } as const;

function step(
  number: number,
  images: readonly ImageView[],
  { sandbox = false, uploads }: { sandbox?: boolean; uploads?: readonly Upload[] } = {},
): ShownState {
  const characterId = idOf('character', number);
  return {
    content: (
      <WizardPage characterId={characterId} step="images">
        <ProfileSetStep
          characterId={characterId}
          name="Mara"
          images={images}
          profileSetComplete={false}
          sandboxGenerator={sandbox}
          verbs={{ requestProfileSet: done, likeImage: done, saveCaption: done, removeImage: done }}
          next={{ href: paths.wizard(characterId, 'training'), label: 'Continue to LoRA training' }}
        />
      </WizardPage>
    ),
    answers: { images },
    uploads,
  };
}

export const profileSetStates: Record<StateName<'profile-set'>, ShownState> = {
  empty: step(500, []),
  making: step(
    501,
    imageViews(8, (number) =>
      number <= 3 ? drawn : { ...drawn, state: 'uploading', width: null, height: null },
    ),
    { sandbox: true },
  ),
  'some-rejected': step(
    502,
    imageViews(8, (number) =>
      number > 6
        ? { ...drawn, state: 'rejected', rejection: { code: 'GENERATION_FAILED', details: {} } }
        : number === 6
          ? { tooSmallForTraining: true, inProfileSet: false, width: 320, height: 400 }
          : drawn,
    ),
  ),
  done: step(503, imageViews(14)),
};

/** A row in each state a file can be in; of one that was refused, why. */
const stateOf = {
  waiting: { kind: 'waiting' },
  reading: { kind: 'reading' },
  queued: { kind: 'queued' },
  sending: { kind: 'sending', sentBytes: 2_600_000 },
  pausing: { kind: 'pausing', reason: pauseWords.stalled },
  checking: { kind: 'checking' },
  done: { kind: 'done', number: 7 },
  tooSmall: { kind: 'tooSmall', imageId: drawnId(8), number: 8, width: 320, height: 400 },
  duplicate: { kind: 'duplicate', ofImageId: drawnId(3), ofNumber: 3 },
  unfinished: { kind: 'unfinished' },
  signedOut: { kind: 'signedOut' },
  failed: { kind: 'failed', sentence: uploadWords.refused, wayOut: 'again' },
} as const satisfies { [K in UploadState['kind']]: Extract<UploadState, { kind: K }> };

const bytes = 4_200_000;

function rows(number: number, states: readonly UploadState[]): readonly Upload[] {
  return states.map((state, at) => {
    const name =
      at === 2
        ? 'A very long name that a phone has given to a picture of the harbour.heic'
        : `IMG_${2_041 + at}.jpg`;
    return {
      id: idOf('other', at + 1),
      characterId: idOf('character', number),
      name,
      bytes,
      file: state.kind === 'unfinished' ? null : new File(['picture'], name),
      state,
    };
  });
}

const refusals = [
  ['NOT_AN_IMAGE', 'another'],
  ['FILE_TOO_LARGE', 'another'],
  ['TOO_MANY_PIXELS', 'another'],
  ['IMAGE_BROKEN', 'another'],
  ['IMAGE_ANIMATED', 'another'],
  ['TOO_MANY_UPLOADS', null],
  ['UPLOAD_MISSING', 'again'],
  ['UPLOAD_DAMAGED', 'again'],
  ['STORAGE_UNAVAILABLE', 'again'],
] as const satisfies readonly (readonly [ErrorCode, 'again' | 'another' | null])[];

const failed = refusals.map(([code, wayOut]) => ({
  kind: 'failed' as const,
  sentence: wordError(code, { bytes: 31_000_000 }).sentence,
  wayOut,
}));

const files = imageViews(6);

export const uploadStates: Record<StateName<'uploads'>, ShownState> = {
  'mixed-progress': step(510, files, { uploads: rows(510, Object.values(stateOf)) }),
  'every-failure': step(511, files, {
    uploads: rows(511, [...failed, stateOf.failed, stateOf.unfinished, stateOf.signedOut]),
  }),
  offline: {
    ...step(512, files, {
      uploads: rows(512, [
        stateOf.done,
        { kind: 'pausing', reason: pauseWords.connection },
        { kind: 'pausing', reason: pauseWords.connection },
        stateOf.queued,
      ]),
    }),
    offline: true,
    awaits: 'offline',
  },
  done: step(513, files, {
    uploads: rows(513, [stateOf.done, { kind: 'done', number: 8 }, { kind: 'done', number: 9 }]),
  }),
};
