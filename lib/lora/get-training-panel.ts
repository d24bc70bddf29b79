import type { Prisma } from '../../prisma/client/client.ts';
import { type Balance, getBalance } from '../credits/balance.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { DomainError } from '../errors.ts';
import { paths } from '../paths.ts';
import { estimateFor } from './get-estimate.ts';
import { findLastReady } from './get-new-likes.ts';
import { getTrainingHistory, type TrainingHistoryView } from './get-training-history.ts';
import { getTrainingRecord, type TrainingRecord } from './get-training-record.ts';
import { getTrainingStatus } from './get-training-status.ts';
import {
  type BaseModelId,
  baseModelIds,
  baseModels,
  defaultBaseModel,
} from './rules/base-models.ts';
import type { Estimate } from './rules/estimate.ts';
import { hasEnded } from './rules/lifecycle.ts';
import { newLikes } from './rules/new-likes.ts';
import { quoteTraining } from './rules/pricing.ts';
import { type ConsentKind, consentKinds } from './rules/schemas.ts';
import { availableImages, preselect } from './rules/selection.ts';
import type { TrainingView } from './training-view.ts';

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
  /** Q6: shown as a badge. */
  supportsLora: boolean;
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
    notifyProgress: boolean;
    notifyRetrain: boolean;
    notifyEmail: boolean;
    consentGiven: boolean;
    /** What the creator said last about who this is. */
    consent: { kind: ConsentKind; givenAt: string } | null;
    /** Grows with every change: of two readings the one with the later version is the newer. */
    version: string;
  };
  images: TrainableImage[];
  models: TrainableModel[];
  /** The draft the creator saved, or else what is proposed (D4). */
  selection: { baseModel: BaseModelId; imageIds: string[]; saved: boolean };
  balance: Balance;
  /** The newest training, whatever its state. */
  current: TrainingView | null;
  /** How the newest training goes so far; null when none is open. */
  record: TrainingRecord | null;
  history: TrainingHistoryView;
  freeRetry: { baseModel: BaseModelId; maxImages: number; expiresAt: string } | null;
  /** Liked images that the newest model has yet to learn (AC-5). */
  newLikedImageIds: string[];
  /** The newest training that made a model. */
  lastReady: {
    id: string;
    completedAt: string;
    costCredits: number;
    baseModel: BaseModelId;
    imageIds: string[];
    /** Its weights are gone (D13). */
    expired: boolean;
  } | null;
  /** The sandbox GPU is plugged in: no real model comes out. */
  sandbox: boolean;
  /** E-mail can be sent from this installation. */
  mailConfigured: boolean;
}

/** Reads the panel of the user's character. NOT_FOUND for anybody else's. */
export async function getTrainingPanel(
  userId: string,
  characterId: string,
  now = new Date(),
  historyPage = 1,
): Promise<TrainingPanelView> {
  const character = await db().character.findFirst({
    where: { id: characterId, userId },
    include: {
      consents: {
        take: 1,
        orderBy: { createdAt: 'desc' },
        select: { kind: true, createdAt: true },
      },
    },
  });
  if (!character) throw new DomainError('NOT_FOUND');

  const [rows, history, lastReady, balance, retry, models] = await Promise.all([
    db().characterImage.findMany({
      where: trainableImages(characterId),
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
    getTrainingHistory(userId, characterId, historyPage, now),
    findLastReady(db(), characterId),
    getBalance(userId),
    db().freeRetry.findFirst({
      where: { characterId, spentByLoraModelId: null, expiresAt: { gt: now } },
      orderBy: { expiresAt: 'asc' },
    }),
    listModels(),
  ]);

  const trained = new Set(lastReady?.imageIds);
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
  const saved = hasDraft(character);
  const current =
    history.page === 1
      ? (history.trainings[0] ?? null)
      : (await getTrainingStatus(userId, characterId, now)).current;
  const isOpen = current !== null && !hasEnded(current.status);
  const record = isOpen
    ? await getTrainingRecord(userId, { characterId, loraModelId: current.id })
    : null;
  const [consent] = character.consents;
  return {
    character: {
      id: character.id,
      name: character.name,
      look: character.look,
      triggerWord: character.triggerWord,
      profileSetComplete: character.profileSetCompletedAt !== null,
      loraTrainingEnabled: character.loraTrainingEnabled,
      loraTrainingAutoStart: character.loraTrainingAutoStart,
      notifyProgress: character.notifyProgress,
      notifyRetrain: character.notifyRetrain,
      notifyEmail: character.notifyEmail,
      consentGiven: consent !== undefined,
      consent: consent
        ? {
            kind: consentKinds.find((kind) => kind === consent.kind) ?? 'synthetic',
            givenAt: consent.createdAt.toISOString(),
          }
        : null,
      version: character.updatedAt.toISOString(),
    },
    images,
    models,
    selection: {
      baseModel: toBaseModel(character.draftBaseModel) ?? current?.baseModel ?? defaultBaseModel,
      imageIds: saved ? draft : preselect(images),
      saved,
    },
    balance,
    current,
    record,
    history,
    freeRetry: retry
      ? {
          baseModel: toBaseModel(retry.baseModel) ?? defaultBaseModel,
          maxImages: retry.maxImages,
          expiresAt: retry.expiresAt.toISOString(),
        }
      : null,
    newLikedImageIds: newLikes(
      rows,
      lastReady && !lastReady.expired ? lastReady : null,
      character.newLikesDismissedAt,
    ).map(({ id }) => id),
    lastReady: lastReady && {
      id: lastReady.id,
      completedAt: (lastReady.completedAt ?? lastReady.startedAt).toISOString(),
      costCredits: lastReady.costCredits,
      baseModel: toBaseModel(lastReady.baseModel) ?? defaultBaseModel,
      imageIds: lastReady.imageIds,
      expired: lastReady.expired,
    },
    sandbox: env().GPU_PROVIDER === 'sandbox',
    mailConfigured: env().MAIL_TRANSPORT !== 'off',
  };
}

/** For queries: the images of a character that can be trained on; `availableImages` in SQL (F6). */
export function trainableImages(characterId: string) {
  return {
    characterId,
    state: 'ready',
    OR: [{ inProfileSet: true }, { likedAt: { not: null } }],
  } as const satisfies Prisma.CharacterImageWhereInput;
}

/** Every base model with its price, time range and whether it can be trained here. */
export async function listModels(): Promise<TrainableModel[]> {
  return Promise.all(
    baseModelIds.map(async (id) => {
      const { label, summary, needsLicence, supportsLora } = baseModels[id];
      const { baseCredits, perImageCredits } = quoteTraining(id, 0);
      return {
        id,
        label,
        summary,
        baseCredits,
        perImageCredits,
        estimate: await estimateFor(id),
        supportsLora,
        licenceMissing: needsLicence && env().FLUX_LICENSE_REFERENCE === '',
      };
    }),
  );
}

/** Whether the creator chose, be it nothing; otherwise images are proposed (D4). */
export function hasDraft(character: { draftBaseModel: string | null; draftImageIds: string[] }) {
  return character.draftBaseModel !== null || character.draftImageIds.length > 0;
}

function toBaseModel(id: string | null): BaseModelId | null {
  return baseModelIds.find((known) => known === id) ?? null;
}
