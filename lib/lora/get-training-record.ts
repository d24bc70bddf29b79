import type { AttemptState } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { paths } from '../paths.ts';
import { readManifest } from './image-manifest.ts';
import { type PhaseTimes, phaseTimes } from './rules/phase-times.ts';
import type { CurvePoint } from './rules/training-points.ts';

/** A picture the trainer made on the way. */
export interface SampleView {
  id: string;
  step: number;
  prompt: string;
  thumbnailUrl: string;
  url: string;
}

/** One run at a GPU provider, as a creator sees it. */
export interface AttemptView {
  number: number;
  state: AttemptState;
  /** What became of it; null while it runs. */
  outcome: 'ready' | 'failed' | 'again' | 'cancelled' | 'dropped' | null;
  startedAt: string;
  endedAt: string | null;
  points: CurvePoint[];
}

/** Everything a training leaves to look at. Plain JSON; instants are ISO 8601, UTC. */
export interface TrainingRecord {
  loraModelId: string;
  /** In their order. */
  attempts: AttemptView[];
  /** Newest first. */
  samples: SampleView[];
  /** How long the stations took. */
  times: PhaseTimes;
  /** What happened to the credits, in its order; empty when it was free. */
  credits: { kind: 'reserve' | 'capture' | 'release'; amountCredits: number; at: string }[];
  /** The images it was taught from that are still there; the others were deleted since. */
  images: { id: string; number: number; thumbnailUrl: string }[];
  deletedImageCount: number;
}

const outcomeOf: Record<string, NonNullable<AttemptView['outcome']>> = {
  ready: 'ready',
  claimed: 'ready',
  failed: 'failed',
  resubmit: 'again',
  cancelled: 'cancelled',
  abandoned: 'dropped',
};

/**
 * The record of one training of the user's: attempts with their curves, samples, credits, images.
 * NOT_FOUND for anybody else's.
 */
export async function getTrainingRecord(
  userId: string,
  { characterId, loraModelId }: { characterId: string; loraModelId: string },
): Promise<TrainingRecord> {
  const training = await db().loraModel.findFirst({
    where: { id: loraModelId, characterId, userId },
    select: {
      status: true,
      createdAt: true,
      trainingStartedAt: true,
      trainingCompletedAt: true,
      trainingSteps: true,
      imageManifest: true,
      attempts: {
        orderBy: { number: 'asc' },
        select: {
          number: true,
          state: true,
          outcome: true,
          submittedAt: true,
          createdAt: true,
          endedAt: true,
          points: {
            orderBy: { step: 'asc' },
            select: { step: true, loss: true, secondsPerStep: true, createdAt: true },
          },
        },
      },
      samples: {
        orderBy: [{ step: 'desc' }, { createdAt: 'desc' }, { id: 'desc' }],
        select: { id: true, step: true, prompt: true },
      },
    },
  });
  demand(training, 'NOT_FOUND');

  const imageIds = readManifest(training.imageManifest).map(({ imageId }) => imageId);
  const [lines, images] = await Promise.all([
    db().creditLine.findMany({
      where: { loraModelId, kind: { in: ['reserve', 'capture', 'release'] } },
      orderBy: { lineNo: 'asc' },
      select: { kind: true, amount: true, createdAt: true },
    }),
    db().characterImage.findMany({
      where: { id: { in: imageIds }, userId, state: 'ready' },
      orderBy: { number: 'asc' },
      select: { id: true, number: true },
    }),
  ]);

  const { attempts, createdAt, trainingSteps } = training;
  const last = attempts.at(-1);
  const points = last?.points ?? [];
  const started = [training.trainingStartedAt, last?.submittedAt].filter((at) => at != null);
  return {
    loraModelId,
    attempts: attempts.map(({ points: curve, ...attempt }) => ({
      number: attempt.number,
      state: attempt.state,
      outcome: attempt.outcome ? (outcomeOf[attempt.outcome] ?? null) : null,
      startedAt: (attempt.submittedAt ?? attempt.createdAt).toISOString(),
      endedAt: attempt.endedAt?.toISOString() ?? null,
      points: curve.map(({ step, loss, secondsPerStep }) => ({ step, loss, secondsPerStep })),
    })),
    samples: training.samples.map((sample) => ({
      ...sample,
      thumbnailUrl: paths.sample(characterId, loraModelId, sample.id, 'thumb'),
      url: paths.sample(characterId, loraModelId, sample.id, 'full'),
    })),
    times: phaseTimes({
      createdAt,
      startedAt: training.trainingStartedAt ? (started.sort(byTime).at(-1) ?? null) : null,
      firstStepAt: points[0]?.createdAt ?? null,
      lastStepAt: points.find(({ step }) => step >= trainingSteps)?.createdAt ?? null,
      readyAt: training.status === 'ready' ? training.trainingCompletedAt : null,
    }),
    credits: lines.flatMap(({ kind, amount, createdAt: at }) =>
      kind === 'grant' ? [] : { kind, amountCredits: Number(amount), at: at.toISOString() },
    ),
    images: images.map(({ id, number }) => ({
      id,
      number,
      thumbnailUrl: paths.image(id, 'thumb'),
    })),
    deletedImageCount: imageIds.length - images.length,
  };
}

function byTime(a: Date, b: Date): number {
  return a.getTime() - b.getTime();
}
