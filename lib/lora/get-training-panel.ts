import { type Balance, getBalance } from '../credits/balance.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { DomainError } from '../errors.ts';
import { paths } from '../paths.ts';
import { estimateFor } from './get-estimate.ts';
import { readManifest } from './image-manifest.ts';
import {
  type BaseModelId,
  baseModelIds,
  baseModels,
  defaultBaseModel,
} from './rules/base-models.ts';
import type { Estimate } from './rules/estimate.ts';
import { quoteTraining } from './rules/pricing.ts';
import { availableImages, preselect } from './rules/selection.ts';
import { type TrainingView, trainingInclude, trainingView } from './training-view.ts';

export interface TrainableImage {
  id: string;
  /** The frame number shown under it: "Image 12". */
  number: number;
  thumbnailUrl: string;
  url: string;
  liked: boolean;
  inProfileSet: boolean;
  caption: string;
  /** Ready since the last training that ended `ready`, or never trained on. */
  newSinceLastTraining: boolean;
}

export interface TrainableModel {
  id: BaseModelId;
  label: string;
  summary: string;
  baseCredits: number;
  perImageCredits: number;
  estimate: Estimate;
  /** D14: shown with the reason, not choosable. */
  licenceMissing: boolean;
}

/** Everything the wizard's LoRA step and the settings panel show, in one read (F1, F5, F6). */
export interface TrainingPanelView {
  character: {
    id: string;
    name: string;
    look: string;
    triggerWord: string;
    profileSetComplete: boolean;
    loraTrainingEnabled: boolean;
    loraTrainingAutoStart: boolean;
    consentGiven: boolean;
  };
  images: TrainableImage[];
  models: TrainableModel[];
  selection: { baseModel: BaseModelId; imageIds: string[] };
  balance: Balance;
  /** The newest training, whatever its state. */
  current: TrainingView | null;
  history: TrainingView[];
  freeRetry: { baseModel: BaseModelId; maxImages: number; expiresAt: string } | null;
  /** Liked images that the last ready training did not contain (AC-5). */
  newLikedImageCount: number;
  lastTrainingDate: string | null;
  /** The sandbox GPU is plugged in: no real model comes out. */
  sandbox: boolean;
}

/** Reads the panel of the user's character. NOT_FOUND for anybody else's. */
export async function getTrainingPanel(
  userId: string,
  characterId: string,
  now = new Date(),
): Promise<TrainingPanelView> {
  const character = await db().character.findFirst({
    where: { id: characterId, userId },
    include: { consents: { take: 1, select: { id: true } } },
  });
  if (!character) throw new DomainError('NOT_FOUND');

  const [rows, trainings, balance, retry, models] = await Promise.all([
    db().characterImage.findMany({
      where: { characterId, state: 'ready' },
      orderBy: { number: 'asc' },
      select: {
        id: true,
        number: true,
        likedAt: true,
        inProfileSet: true,
        caption: true,
        prompt: true,
      },
    }),
    db().loraModel.findMany({
      where: { characterId, userId },
      orderBy: { createdAt: 'desc' },
      take: 20,
      include: trainingInclude,
    }),
    getBalance(userId),
    db().freeRetry.findFirst({
      where: { characterId, spentByLoraModelId: null, expiresAt: { gt: now } },
      orderBy: { expiresAt: 'asc' },
    }),
    listModels(),
  ]);

  const lastReady = trainings.find(({ status }) => status === 'ready');
  const trained = new Set(
    lastReady ? readManifest(lastReady.imageManifest).map(({ imageId }) => imageId) : [],
  );
  const images = availableImages(
    rows.map((row) => ({
      id: row.id,
      number: row.number,
      thumbnailUrl: paths.image(row.id, 'thumb'),
      url: paths.image(row.id, 'full'),
      liked: row.likedAt !== null,
      inProfileSet: row.inProfileSet,
      caption: row.caption ?? row.prompt ?? '',
      newSinceLastTraining: !trained.has(row.id),
    })),
  );
  const known = new Set(images.map(({ id }) => id));
  const draft = character.draftImageIds.filter((id) => known.has(id));
  const history = trainings.map((row) => trainingView(row, now));
  return {
    character: {
      id: character.id,
      name: character.name,
      look: character.look,
      triggerWord: character.triggerWord,
      profileSetComplete: character.profileSetCompletedAt !== null,
      loraTrainingEnabled: character.loraTrainingEnabled,
      loraTrainingAutoStart: character.loraTrainingAutoStart,
      consentGiven: character.consents.length > 0,
    },
    images,
    models,
    selection: {
      baseModel: toBaseModel(character.draftBaseModel) ?? defaultBaseModel,
      imageIds: draft.length > 0 ? draft : preselect(images),
    },
    balance,
    current: history[0] ?? null,
    history,
    freeRetry: retry
      ? {
          baseModel: toBaseModel(retry.baseModel) ?? defaultBaseModel,
          maxImages: retry.maxImages,
          expiresAt: retry.expiresAt.toISOString(),
        }
      : null,
    newLikedImageCount: lastReady
      ? images.filter(({ id, liked }) => liked && !trained.has(id)).length
      : 0,
    lastTrainingDate: lastReady?.trainingCompletedAt?.toISOString() ?? null,
    sandbox: env().GPU_PROVIDER === 'sandbox',
  };
}

/** Every base model with its price, time range and whether it can be trained here. */
export async function listModels(): Promise<TrainableModel[]> {
  return Promise.all(
    baseModelIds.map(async (id) => {
      const { label, summary, needsLicence } = baseModels[id];
      const { baseCredits, perImageCredits } = quoteTraining(id, 0);
      return {
        id,
        label,
        summary,
        baseCredits,
        perImageCredits,
        estimate: await estimateFor(id),
        licenceMissing: needsLicence && env().FLUX_LICENSE_REFERENCE === '',
      };
    }),
  );
}

function toBaseModel(id: string | null): BaseModelId | null {
  return baseModelIds.find((known) => known === id) ?? null;
}
