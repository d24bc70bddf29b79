import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { creatorContext } from '../context.ts';
import { db } from '../db.ts';
import { makePastTraining, makeUser } from '../testing/factories.ts';
import { attemptOf, later, makeStage, noon } from '../testing/training-stage.ts';
import { getJobStatus } from './get-job-status.ts';
import { listLoraFiles } from './link-lora-file.ts';
import { getLoraModel, listLoraModels } from './list-lora-models.ts';
import { listTrainableImages } from './list-trainable-images.ts';
import { getTraining, listTrainings } from './list-trainings.ts';
import { previewPrice } from './preview-price.ts';

let stage: Awaited<ReturnType<typeof makeStage>>;
let loraModelId: string;
let stranger: { id: string };

beforeAll(async () => {
  stage = await makeStage();
  ({ loraModelId } = await stage.start());
  stranger = await makeUser();
});

const notFound = { code: 'NOT_FOUND', details: {} };

describe('somebody else', () => {
  it('finds nothing, as if it were not there', async () => {
    const characterId = stage.character.id;
    const asStranger = creatorContext(stranger.id, noon);
    const price = { baseModel: 'z-image-turbo', imageCount: 5 } as const;
    for (const read of [
      () => listTrainings(stranger.id, { characterId }),
      () => getTraining(stranger.id, { characterId, loraModelId }),
      () => getJobStatus(stranger.id, loraModelId),
      () => getLoraModel(stranger.id, characterId),
      () => listLoraFiles(stranger.id, { characterId, loraModelId }),
      () => listTrainableImages(stranger.id, characterId),
      () => previewPrice(asStranger, { characterId, ...price }),
      () => listTrainings(stage.user.id, { characterId: randomUUID() }),
      () => getJobStatus(stage.user.id, 'nobody-knows-this-job'),
    ]) {
      await expect(read()).rejects.toMatchObject(notFound);
    }
    await expect(listLoraModels(stranger.id)).resolves.toEqual([]);
  });
});

describe('getJobStatus', () => {
  it('finds a training by its own id, its attempt and the provider’s id', async () => {
    const attempt = await attemptOf(loraModelId);
    await db().trainingAttempt.update({
      where: { id: attempt.id },
      data: { externalJobId: `job-${loraModelId}` },
    });
    for (const jobId of [loraModelId, attempt.id, `job-${loraModelId}`]) {
      const { current, balance } = await getJobStatus(stage.user.id, jobId, noon);
      expect(current).toMatchObject({ id: loraModelId, status: 'pending' });
      expect(balance).toMatchObject({ reservedCredits: 22_000 });
    }
  });
});

describe('listTrainings', () => {
  it('has the newest first, twenty a page, each once', async () => {
    const own = await makeStage();
    const started = await own.start();
    const first = await db().loraModel.findUniqueOrThrow({ where: { id: started.loraModelId } });
    await db().loraModel.createMany({
      data: Array.from({ length: 24 }, (_, index) => ({
        ...first,
        config: {},
        imageManifest: [],
        id: randomUUID(),
        requestId: randomUUID(),
        holdId: null,
        costCredits: 0,
        status: 'cancelled' as const,
        trainingCompletedAt: noon,
        createdAt: later(-index - 1),
      })),
    });
    const input = { characterId: own.character.id };
    const page = await listTrainings(own.user.id, input, noon);
    expect(page.trainings).toHaveLength(20);
    expect(page.trainings[0]?.id).toBe(started.loraModelId);
    expect(page.nextBefore).toBe(page.trainings.at(-1)?.id);

    const before = page.nextBefore ?? '';
    const rest = await listTrainings(own.user.id, { ...input, before }, noon);
    expect(rest).toMatchObject({ nextBefore: null });
    const all = [...page.trainings, ...rest.trainings].map(({ id }) => id);
    expect(new Set(all).size).toBe(25);

    const foreign = { ...input, before: loraModelId };
    await expect(listTrainings(own.user.id, foreign)).rejects.toMatchObject(notFound);
  });
});

describe('the LoRA of a character', () => {
  it('is null before the first training, and the newest until one is ready', async () => {
    const own = await makeStage();
    await expect(getLoraModel(own.user.id, own.character.id)).resolves.toBeNull();
    const started = await own.start();
    const lora = await getLoraModel(own.user.id, own.character.id);
    expect(lora).toMatchObject({
      id: started.loraModelId,
      status: 'pending',
      type: 'face',
      costCredits: 22_000,
      modelPath: null,
      modelUrl: null,
      errorMessage: null,
    });
    await expect(listLoraModels(own.user.id)).resolves.toEqual([lora]);
  });

  it('tells a failure in our words, never the provider’s', async () => {
    const own = await makeStage();
    const { loraModelId: id } = await own.start();
    const started = await db().loraModel.findUniqueOrThrow({ where: { id } });
    await db().loraModel.create({
      data: {
        ...started,
        config: {},
        imageManifest: [],
        id: randomUUID(),
        requestId: randomUUID(),
        holdId: null,
        costCredits: 0,
        status: 'failed',
        failureReason: 'GPU_LOST',
        errorMessage: 'CUDA out of memory',
        trainingCompletedAt: later(1),
        createdAt: later(1),
      },
    });
    const lora = await getLoraModel(own.user.id, own.character.id);
    expect(lora?.errorMessage).toBe('We lost contact with the GPU.');
    expect(JSON.stringify(lora)).not.toContain('CUDA');
  });
});

describe('previewPrice', () => {
  it('is base plus images, and 0 where a free retry pays', async () => {
    const own = await makeStage();
    const { id: failed } = await makePastTraining(
      { userId: own.user.id, characterId: own.character.id },
      { status: 'failed' },
    );
    const asked = {
      characterId: own.character.id,
      baseModel: 'z-image-turbo',
      imageCount: 7,
    } as const;
    await expect(previewPrice(own.ctx(), asked)).resolves.toEqual({
      baseModel: 'z-image-turbo',
      version: 1,
      imageCount: 7,
      baseCredits: 15_000,
      perImageCredits: 1_000,
      totalCredits: 22_000,
      freeRetry: false,
    });
    await db().freeRetry.create({
      data: {
        userId: own.user.id,
        characterId: own.character.id,
        failedLoraModelId: failed,
        baseModel: 'z-image-turbo',
        maxImages: 7,
        expiresAt: later(60),
      },
    });
    const free = { totalCredits: 0, freeRetry: true };
    const paid = { freeRetry: false };
    await expect(previewPrice(own.ctx(), asked)).resolves.toMatchObject(free);
    await expect(previewPrice(own.ctx(61), asked)).resolves.toMatchObject(paid);
    const more = { ...asked, imageCount: 8 };
    await expect(previewPrice(own.ctx(), more)).resolves.toMatchObject(paid);
  });
});
