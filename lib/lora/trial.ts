import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import sharp from 'sharp';
import { wordError } from '../error-messages.ts';
import { DomainError } from '../errors.ts';
import { ProviderError } from '../gpu/provider.ts';
import { store } from '../storage/store.ts';
import type { KeptFile } from './apply-observation.ts';
import type { ImageManifest } from './image-manifest.ts';
import type { BaseModelId } from './rules/base-models.ts';
import type { FailureReason } from './rules/lifecycle.ts';
import { adviceByKind, adviceByReason } from './rules/operator-advice.ts';
import { planTraining, type TrainingPlan } from './rules/training-plan.ts';

/** What a trial came to: its files are checked, and gone again. */
export interface Trial {
  files: KeptFile[];
  /** From its order until nothing was left of it. */
  seconds: number;
  costMicroUsd: bigint;
}

/** Who looks on. */
export interface TrialWatch {
  /** Told each step on the way, a line each. */
  tell: (line: string) => void;
  /** Once aborted the trial ends as soon as it can, leaves nothing, and throws the reason. */
  signal?: AbortSignal;
  /** Between two looks. */
  pauseMs?: number;
}

/** A trial that ended without its file, by the reason a creator would have been told. */
export class TrialFailed extends Error {
  override readonly name = 'TrialFailed';

  constructor(said: string, reason: FailureReason) {
    super(`${said.replace(/(?<![.!?])$/, '.')} ${adviceByReason[reason]}`);
  }
}

/** Why a trial has failed, and what to do about it, for the operator. */
export function wordTrialFailure(error: unknown): string {
  if (error instanceof ProviderError) return `${error.message} ${adviceByKind[error.kind]}`;
  if (error instanceof DomainError) return wordError(error.code).sentence;
  return error instanceof Error ? error.message : String(error);
}

const pictures = 5;
const size = 512;

/** Ten steps by the recipe of the base model. */
export function planTrial(baseModel: BaseModelId): TrainingPlan {
  const { recipe } = planTraining(baseModel, pictures);
  return { recipe: { ...recipe, steps: 10 }, maxSeconds: 2 * 3_600 };
}

/** Makes pictures up, writes them where `keyOf` says, and describes them as a training takes them. */
export async function makeTrialPictures(
  triggerWord: string,
  keyOf: (imageId: string) => string,
): Promise<ImageManifest> {
  const made: ImageManifest = [];
  while (made.length < pictures) {
    const imageId = randomUUID();
    const key = keyOf(imageId);
    const bytes = await sharp(randomBytes(size * size * 3), {
      raw: { width: size, height: size, channels: 3 },
    })
      .webp()
      .toBuffer();
    await store().write(key, bytes, 'image/webp');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    made.push({ imageId, key, sha256, caption: `${triggerWord}, colourful noise` });
  }
  return made;
}

/** Waits; an abort ends the wait and throws its reason. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await delay(ms, undefined, { signal }).catch(() => signal?.throwIfAborted());
}
