import type { LoraFile, LoraModel } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { failureSentence } from '../failure-messages.ts';
import { loraFileLink } from './link-lora-file.ts';
import { type BaseModelId, baseModelIds, defaultBaseModel } from './rules/base-models.ts';
import { type FailureReason, failureReasons, type TrainingStatus } from './rules/lifecycle.ts';

/**
 * A training's row under the names of the specification's data model (D15). What the GPU cost us and
 * what a provider said are not in it: they are the operator's.
 */
export interface LoraModelView {
  id: string;
  characterId: string;
  userId: string;
  type: 'face';
  status: TrainingStatus;
  config: Record<string, unknown>;
  /** The main file's object key; it opens nothing by itself. */
  modelPath: string | null;
  /** A link that lives for five minutes, made for this reading. */
  modelUrl: string | null;
  triggerWord: string;
  baseModel: BaseModelId;
  externalJobId: string | null;
  externalProvider: string;
  trainingSteps: number;
  trainingDurationMs: number | null;
  costCredits: number;
  errorMessage: string | null;
  retryCount: number;
  trainingStartedAt: string | null;
  trainingCompletedAt: string | null;
  expiresAt: string | null;
}

const include = {
  files: { orderBy: { role: 'asc' } },
  character: { select: { name: true } },
} as const;

/** The newest 100 of the user's LoRAs, whatever their state. */
export async function listLoraModels(userId: string): Promise<LoraModelView[]> {
  const rows = await db().loraModel.findMany({
    where: { userId },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: 100,
    include,
  });
  return Promise.all(rows.map((row) => loraModelView(userId, row)));
}

/**
 * The LoRA of the user's character: the newest that is ready and not expired, else the newest of all;
 * null before the first. NOT_FOUND for anybody else's.
 */
export async function getLoraModel(
  userId: string,
  characterId: string,
): Promise<LoraModelView | null> {
  const own = { id: characterId, userId };
  demand(await db().character.findFirst({ where: own, select: { id: true } }), 'NOT_FOUND');
  const mine = { where: { characterId, userId }, orderBy: { createdAt: 'desc' }, include } as const;
  const row =
    (await db().loraModel.findFirst({
      ...mine,
      where: { ...mine.where, status: 'ready', expiredAt: null },
    })) ?? (await db().loraModel.findFirst(mine));
  return row && loraModelView(userId, row);
}

async function loraModelView(
  userId: string,
  row: LoraModel & { files: LoraFile[]; character: { name: string } },
): Promise<LoraModelView> {
  const [file] = row.status === 'ready' && row.expiredAt === null ? row.files : [];
  const reason = Object.keys(failureReasons).find((known) => known === row.failureReason);
  return {
    id: row.id,
    characterId: row.characterId,
    userId,
    type: 'face',
    status: row.status,
    config: row.config as Record<string, unknown>,
    modelPath: file?.key ?? null,
    modelUrl: file ? (await loraFileLink(row, file)).url : null,
    triggerWord: row.triggerWord,
    baseModel: baseModelIds.find((id) => id === row.baseModel) ?? defaultBaseModel,
    externalJobId: row.externalJobId,
    externalProvider: row.externalProvider,
    trainingSteps: row.trainingSteps,
    trainingDurationMs: row.trainingDurationMs,
    costCredits: row.costCredits,
    errorMessage: reason ? failureSentence[reason as FailureReason] : null,
    retryCount: row.retryCount,
    trainingStartedAt: row.trainingStartedAt?.toISOString() ?? null,
    trainingCompletedAt: row.trainingCompletedAt?.toISOString() ?? null,
    expiresAt: row.expiresAt?.toISOString() ?? null,
  };
}
