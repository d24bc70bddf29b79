import { randomBytes, randomUUID } from 'node:crypto';
import type { Character } from '../../prisma/client/client.ts';
import { inTransaction } from '../db.ts';
import { type BaseModelId, baseModels } from '../lora/rules/base-models.ts';
import { loraFileKey } from '../storage/keys.ts';

interface ReadyModel {
  baseModel?: BaseModelId;
  createdAt?: Date;
  expiresAt?: Date | null;
  /** Its weights were removed then (D13). */
  expiredAt?: Date | null;
}

/** A training of `character` that ended well, free of charge, with its files named but not stored. */
export async function addReadyModel(
  character: Pick<Character, 'id' | 'userId' | 'triggerWord'>,
  options: ReadyModel = {},
): Promise<string> {
  const { baseModel = 'z-image-turbo', createdAt = new Date() } = options;
  const { id, userId, triggerWord } = character;
  const attemptId = randomUUID();
  const files = baseModels[baseModel].files.map((role) => {
    const sha256 = randomBytes(32).toString('hex');
    return { role, sha256, key: loraFileKey(attemptId, role, sha256) };
  });
  return inTransaction(async (tx) => {
    const training = await tx.loraModel.create({
      data: {
        characterId: id,
        userId,
        triggerWord,
        baseModel,
        status: 'ready',
        config: {},
        imageManifest: [],
        imageManifestSha256: '',
        imageCount: 5,
        requestId: randomUUID(),
        requestHash: '',
        startedBy: 'creator',
        costCredits: 0,
        priceVersion: 1,
        externalProvider: 'sandbox',
        trainingSteps: 1_500,
        deadlineAt: createdAt,
        trainingCompletedAt: createdAt,
        modelPath: files[0]?.key ?? '',
        expiresAt: options.expiresAt ?? null,
        expiredAt: options.expiredAt ?? null,
        createdAt,
        attempts: {
          create: {
            id: attemptId,
            number: 1,
            provider: 'sandbox',
            jobName: `job-${attemptId}`,
            state: 'ended',
            outcome: 'succeeded',
            endedAt: createdAt,
          },
        },
      },
    });
    await tx.loraFile.createMany({
      data: files.map((file) => ({
        ...file,
        loraModelId: training.id,
        attemptId,
        bytes: 1_000,
        rank: baseModels[baseModel].rank,
        tensorCount: 1,
      })),
    });
    return training.id;
  });
}
