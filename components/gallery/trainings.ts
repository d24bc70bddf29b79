import type { TrainingRecord } from '@/lib/lora/get-training-record';
import type { TrainingView } from '@/lib/lora/training-view';
import { baseModels } from '../../lib/lora/rules/base-models.ts';
import { type FailureReason, failureIsOurs } from '../../lib/lora/rules/lifecycle.ts';
import { quoteTraining } from '../../lib/lora/rules/pricing.ts';
import type { TrainingState } from '../lora/training-states.tsx';
import type { StateName } from './catalogue.ts';
import { daysMs, hoursMs, idOf, instant, minutesMs, pictureUrl } from './facts.ts';

/** A training as `changes` have it; for the rest one of 12 images that is ready since yesterday. */
export function trainingView(changes: Partial<TrainingView> = {}): TrainingView {
  const { baseModel = 'z-image-turbo', imageCount = 12 } = changes;
  return {
    id: idOf('training', 1),
    status: 'ready',
    baseModel,
    baseModelLabel: baseModels[baseModel].label,
    triggerWord: 'mrvl7k',
    imageCount,
    imageIds: Array.from({ length: imageCount }, (_, at) => idOf('image', at + 1)),
    costCredits: quoteTraining(baseModel, imageCount).totalCredits,
    money: 'captured',
    retryOfId: null,
    phase: null,
    step: 1_500,
    totalSteps: 1_500,
    timeLeft: null,
    deadlineAt: instant(5 * hoursMs),
    lastHeardAt: instant(-20_000),
    cancelRequested: false,
    providerBusy: false,
    createdAt: instant(-1 * daysMs),
    startedAt: instant(-1 * daysMs + 2 * minutesMs),
    completedAt: instant(-1 * daysMs + 40 * minutesMs),
    durationMs: 38 * minutesMs,
    expiresAt: instant(170 * daysMs),
    expiredAt: null,
    failure: null,
    freeRetryUntil: null,
    sandbox: false,
    files: [
      {
        role: 'main',
        bytes: 170_012_345,
        sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
      },
    ],
    sampleCount: 3,
    feedback: null,
    ...changes,
  };
}

const open: Partial<TrainingView> = {
  status: 'training',
  phase: 'training',
  money: 'reserved',
  step: 0,
  createdAt: instant(-14 * minutesMs),
  startedAt: instant(-12 * minutesMs),
  completedAt: null,
  durationMs: null,
  expiresAt: null,
  files: [],
  sampleCount: 0,
};

const ended: Partial<TrainingView> = {
  money: 'released',
  step: 640,
  expiresAt: null,
  files: [],
  sampleCount: 0,
};

export function failedTraining(reason: FailureReason): TrainingView {
  const ours = failureIsOurs(reason);
  return trainingView({
    ...ended,
    status: 'failed',
    failure: { reason, ours },
    freeRetryUntil: ours ? instant(29 * daysMs) : null,
  });
}

/** The newest training in each state its panel can be in. */
export const trainings = {
  none: null,
  pending: trainingView({
    ...open,
    status: 'pending',
    phase: null,
    createdAt: instant(-1 * minutesMs),
    startedAt: null,
    lastHeardAt: null,
  }),
  'provider-busy': trainingView({
    ...open,
    status: 'pending',
    phase: null,
    createdAt: instant(-6 * minutesMs),
    startedAt: null,
    lastHeardAt: null,
    providerBusy: true,
  }),
  'training-without-estimate': trainingView({
    ...open,
    phase: 'preparing',
    createdAt: instant(-3 * minutesMs),
    startedAt: instant(-2 * minutesMs),
  }),
  'training-with-range': trainingView({
    ...open,
    step: 615,
    timeLeft: { fromSeconds: 12 * 60, toSeconds: 20 * 60 },
    sampleCount: 3,
  }),
  'past-the-usual-time': trainingView({
    ...open,
    step: 1_320,
    createdAt: instant(-94 * minutesMs),
    startedAt: instant(-92 * minutesMs),
    lastHeardAt: instant(-4 * minutesMs),
    timeLeft: { fromSeconds: 5 * 60, toSeconds: 9 * 60 },
    sampleCount: 3,
  }),
  stopping: trainingView({ ...open, step: 615, cancelRequested: true }),
  ready: trainingView(),
  'ready-sandbox': trainingView({ sandbox: true, feedback: 'better' }),
  'ready-two-files': trainingView({
    baseModel: 'one-2.2',
    files: (['high_noise', 'low_noise'] as const).map((role) => ({
      role,
      bytes: 306_456_789,
      sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
    })),
  }),
  'failed-free-retry': failedTraining('GPU_OUT_OF_MEMORY'),
  'failed-input': failedTraining('IMAGES_UNREADABLE'),
  cancelled: trainingView({ ...ended, status: 'cancelled' }),
  expired: trainingView({
    createdAt: instant(-190 * daysMs),
    startedAt: instant(-190 * daysMs + 2 * minutesMs),
    completedAt: instant(-190 * daysMs + 40 * minutesMs),
    expiresAt: null,
    expiredAt: instant(-9 * daysMs),
    files: [],
  }),
} as const satisfies Partial<Record<StateName<'settings'>, TrainingView | null>>;

/** Where each state of the status panel is shown; a new one has to be added here. */
export const shownAs: Record<TrainingState, keyof typeof trainings> = {
  none: 'none',
  pending: 'pending',
  training: 'training-with-range',
  stopping: 'stopping',
  ready: 'ready',
  failed: 'failed-free-retry',
  stopped: 'failed-input',
  cancelled: 'cancelled',
  expired: 'expired',
};

/** Everything a training leaves to look at, for any of the trainings here. */
export function trainingRecord(training: TrainingView): TrainingRecord {
  const { id, step, costCredits, createdAt, completedAt, status } = training;
  const outcome =
    status === 'ready' || status === 'failed' || status === 'cancelled' ? status : null;
  const points = Array.from({ length: Math.min(120, Math.floor(step / 12)) }, (_, at) => ({
    step: (at + 1) * 12,
    loss: 0.08 + 0.34 * Math.exp(-at / 30) + 0.02 * Math.sin(at * 1.7),
    secondsPerStep: 1.3 + 0.12 * Math.sin(at / 4),
  }));
  const ends: Record<TrainingView['money'], TrainingRecord['credits']> = {
    free: [],
    reserved: [],
    captured: [{ kind: 'capture', amountCredits: costCredits, at: completedAt ?? createdAt }],
    released: [{ kind: 'release', amountCredits: costCredits, at: completedAt ?? createdAt }],
  };
  return {
    loraModelId: id,
    attempts:
      status === 'pending'
        ? []
        : [
            {
              number: 1,
              state: outcome ? 'ended' : 'submitted',
              outcome,
              startedAt: training.startedAt ?? createdAt,
              endedAt: completedAt,
              points,
            },
          ],
    samples: Array.from({ length: training.sampleCount }, (_, at) => ({
      id: idOf('sample', at + 1),
      step: 600 - at * 200,
      prompt: 'mrvl7k at a window seat in a café, morning light',
      thumbnailUrl: pictureUrl(at + 2),
      url: pictureUrl(at + 2),
    })),
    times: {
      waiting: 2 * minutesMs,
      preparing: 70_000,
      training: outcome === 'ready' ? 35 * minutesMs : null,
      saving: outcome === 'ready' ? 50_000 : null,
    },
    credits:
      training.money === 'free'
        ? []
        : [{ kind: 'reserve', amountCredits: costCredits, at: createdAt }, ...ends[training.money]],
    images: Array.from({ length: training.imageCount - 1 }, (_, at) => ({
      id: idOf('image', at + 1),
      number: at + 1,
      thumbnailUrl: pictureUrl(at + 1),
    })),
    deletedImageCount: 1,
  };
}
