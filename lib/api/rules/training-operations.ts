import { z } from 'zod';
import type { ErrorCode } from '../../errors.ts';
import { baseModelIds } from '../../lora/rules/base-models.ts';
import { openStatuses, trainingStatuses } from '../../lora/rules/lifecycle.ts';
import {
  feedbackAnswers,
  giveFeedbackSchema,
  startTrainingSchema,
} from '../../lora/rules/schemas.ts';
import { maxImages } from '../../lora/rules/selection.ts';
import { balance } from './credit-operations.ts';
import { influencerParams } from './influencer-operations.ts';
import {
  credits,
  failureReason,
  instant,
  named,
  numberInQuery,
  operationsOf,
} from './operation.ts';

const trainingParams = z.strictObject({ id: z.uuid(), loraModelId: z.uuid() });
const baseModel = z.enum(baseModelIds);
const fileRole = z.enum(['main', 'high_noise', 'low_noise']);
const writtenRole = z.string().describe('`main`; for Wan 2.2 `high_noise` and `low_noise`');

export const estimate = named(
  'Estimate',
  z.strictObject({ fromSeconds: z.number().min(0), toSeconds: z.number().min(0) }),
);

export const training = named(
  'Training',
  z.strictObject({
    id: z.uuid(),
    status: z.enum(trainingStatuses),
    baseModel,
    baseModelLabel: z.string(),
    triggerWord: z.string(),
    imageCount: z.int(),
    imageIds: z.array(z.uuid()),
    costCredits: credits,
    money: z.enum(['reserved', 'captured', 'released', 'free']),
    retryOfId: z.uuid().nullable(),
    phase: z.string().nullable(),
    step: z.int().min(0),
    totalSteps: z.int().min(0),
    timeLeft: estimate.nullable(),
    deadlineAt: instant,
    lastHeardAt: instant.nullable(),
    cancelRequested: z.boolean(),
    providerBusy: z
      .boolean()
      .describe('It waits for its GPU provider; its place is kept and its credits stay reserved'),
    createdAt: instant,
    startedAt: instant.nullable(),
    completedAt: instant.nullable(),
    durationMs: z.int().nullable(),
    expiresAt: instant.nullable(),
    expiredAt: instant.nullable().describe('When its files were removed; the history stays'),
    failure: z.strictObject({ reason: failureReason, ours: z.boolean() }).nullable(),
    freeRetryUntil: instant.nullable(),
    sandbox: z.boolean(),
    files: z.array(z.strictObject({ role: writtenRole, bytes: z.int(), sha256: z.string() })),
    sampleCount: z.int().min(0),
    feedback: z.enum(feedbackAnswers).nullable(),
  }),
  'One training: what was asked, what it costs, how it stands, what came of it.',
);

const record = named(
  'TrainingRecord',
  z.strictObject({
    loraModelId: z.uuid(),
    attempts: z.array(
      z.strictObject({
        number: z.int().min(1),
        state: z.enum(['submitting', 'submitted', 'ended']),
        outcome: z.enum(['ready', 'failed', 'again', 'cancelled', 'dropped']).nullable(),
        startedAt: instant,
        endedAt: instant.nullable(),
        points: z.array(
          z.strictObject({
            step: z.int().min(0),
            loss: z.number().nullable(),
            secondsPerStep: z.number().nullable(),
          }),
        ),
      }),
    ),
    samples: z.array(
      z.strictObject({
        id: z.uuid(),
        step: z.int().min(0),
        prompt: z.string(),
        thumbnailUrl: z.string(),
        url: z.string(),
      }),
    ),
    times: z
      .strictObject({
        waiting: z.int().nullable(),
        preparing: z.int().nullable(),
        training: z.int().nullable(),
        saving: z.int().nullable(),
      })
      .describe('Milliseconds; null while a station is not over'),
    credits: z.array(
      z.strictObject({
        kind: z.enum(['reserve', 'capture', 'release']),
        amountCredits: credits,
        at: instant,
      }),
    ),
    images: z.array(z.strictObject({ id: z.uuid(), number: z.int(), thumbnailUrl: z.string() })),
    deletedImageCount: z.int().min(0),
  }),
  'Everything a training leaves to look at: runs with their loss, samples, credits, images.',
);

export const statusAnswer = named(
  'TrainingStatus',
  z.strictObject({ current: training.nullable(), balance }),
  'The newest training, or null before the first, and the balance.',
);

/** The specification's answer, word for word. */
export const started = named(
  'StartedTraining',
  z.strictObject({
    loraModelId: z.uuid(),
    trainingJobId: z.string(),
    status: z.enum(openStatuses),
    estimatedTime: z.int().describe('Minutes, the long end of the estimate'),
    creditsReserved: credits,
    creditsCost: credits,
  }),
);

const trainBody = startTrainingSchema
  .omit({ characterId: true, requestId: true })
  .partial({ expectedCredits: true, baseModel: true })
  .extend({
    isRetrain: z.boolean().optional().describe('A free retry is used whether it is set or not'),
  });

const trainRefusals = [
  'UNKNOWN_BASE_MODEL',
  'LICENCE_NEEDED',
  'PROFILE_SET_INCOMPLETE',
  'TOO_FEW_IMAGES',
  'TOO_MANY_IMAGES',
  'IMAGE_NOT_AVAILABLE',
  'CONSENT_NEEDED',
  'TRAINING_OPEN',
  'TOO_MANY_TRAININGS',
  'TRAININGS_PAUSED',
  'TRAININGS_FULL',
  'PRICE_CHANGED',
  'NOT_ENOUGH_CREDITS',
] as const satisfies ErrorCode[];

const trainNotes =
  'Reserves the price and starts. `baseModel` is `z-image-turbo` unless told. `expectedCredits` is the price you saw: another one is refused; left out, the price of this moment is agreed to. `consent` is needed once, before the first training of an influencer.';

const exampleIds = Array.from(
  { length: 5 },
  (_, index) => `019a1b2c-0000-7000-8000-00000000000${index + 1}`,
);

export const trainingOperations = operationsOf('Trainings', {
  trainLora: {
    method: 'POST',
    path: '/api/influencer/{id}/lora/train',
    summary: 'Start a training',
    description: trainNotes,
    params: influencerParams,
    body: trainBody,
    limit: 'startTraining',
    answer: { status: 201, description: 'It has started; the credits are reserved', body: started },
    refusals: trainRefusals,
    example: {
      body: {
        baseModel: 'z-image-turbo',
        imageIds: exampleIds,
        expectedCredits: 20_000,
        consent: 'synthetic',
      },
    },
  },
  getLoraStatus: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/status',
    summary: 'How the newest training is doing',
    description: 'Cheap enough to be asked every few seconds while one is open.',
    params: influencerParams,
    answer: { status: 200, description: 'As it is now', body: statusAnswer },
    refusals: [],
  },
  getAvailableImages: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/available-images',
    summary: 'Which images can be trained on',
    params: influencerParams,
    answer: {
      status: 200,
      description: 'The profile set and the liked images',
      body: z.strictObject({
        profileSetImages: z.array(
          z.strictObject({
            id: z.uuid(),
            url: z.string(),
            thumbnailUrl: z.string(),
            liked: z.boolean(),
          }),
        ),
        likedImages: z.array(
          z.strictObject({ id: z.uuid(), url: z.string(), thumbnailUrl: z.string() }),
        ),
        totalCount: z.int().min(0),
        canTrain: z.boolean(),
      }),
    },
    refusals: [],
  },
  getNewImagesAvailable: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/new-images-available',
    summary: 'Whether there are liked images the model has yet to learn',
    params: influencerParams,
    answer: {
      status: 200,
      description: 'How many, and what we suggest',
      body: z.strictObject({
        hasNewLikedImages: z.boolean(),
        newLikedImageCount: z.int().min(0),
        lastTrainingDate: instant.optional(),
        suggestion: z.string(),
      }),
    },
    refusals: [],
  },
  getLoraPrice: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/price',
    summary: 'What a training would cost now',
    description:
      'Base price plus images times price per image; `totalCredits` is 0 when a free retry pays for it.',
    params: influencerParams,
    query: z.strictObject({
      imageCount: numberInQuery(1, maxImages),
      baseModel: baseModel.optional(),
    }),
    answer: {
      status: 200,
      description: 'The price and how it is made',
      body: named(
        'Price',
        z.strictObject({
          baseModel,
          imageCount: z.int(),
          baseCredits: credits,
          perImageCredits: credits,
          totalCredits: credits,
          version: z.int(),
          freeRetry: z.boolean(),
        }),
      ),
    },
    refusals: ['UNKNOWN_BASE_MODEL'],
    example: { query: { imageCount: '7', baseModel: 'z-image-turbo' } },
  },
  listTrainings: {
    method: 'GET',
    path: '/api/influencer/{id}/lora',
    summary: 'List an influencer’s trainings, newest first',
    params: influencerParams,
    query: z.strictObject({ before: z.uuid().optional() }),
    answer: {
      status: 200,
      description: 'Twenty at most; `nextBefore` asks for the ones before them',
      body: z.strictObject({ trainings: z.array(training), nextBefore: z.uuid().nullable() }),
    },
    refusals: [],
  },
  getTraining: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/{loraModelId}',
    summary: 'Read one training',
    params: trainingParams,
    answer: { status: 200, description: 'The training', body: training },
    refusals: [],
  },
  getTrainingRecord: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/{loraModelId}/record',
    summary: 'Read how a training went: loss, samples, credits, images',
    params: trainingParams,
    answer: { status: 200, description: 'The record so far', body: record },
    refusals: [],
  },
  openSample: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/{loraModelId}/samples/{sampleId}',
    summary: 'Open a sample picture',
    params: trainingParams.extend({ sampleId: z.uuid() }),
    query: z.strictObject({ size: z.enum(['thumb', 'full']).optional() }),
    answer: { status: 302, description: 'On to a link that lives for five minutes' },
    refusals: ['STORAGE_UNAVAILABLE'],
  },
  giveFeedback: {
    method: 'PUT',
    path: '/api/influencer/{id}/lora/{loraModelId}/feedback',
    summary: 'Say whether the model looks more like them',
    description: 'One answer a training; another one replaces it.',
    params: trainingParams,
    body: giveFeedbackSchema.omit({ loraModelId: true }),
    answer: { status: 200, description: 'The training with the answer', body: training },
    refusals: ['NO_MODEL_YET'],
    example: { body: { answer: 'better' } },
  },
  cancelTraining: {
    method: 'POST',
    path: '/api/influencer/{id}/lora/{loraModelId}/cancel',
    summary: 'Ask for a training to be cancelled',
    description:
      'The credits come back when it has stopped. If it finishes first, the model is yours and is charged.',
    params: trainingParams,
    answer: { status: 200, description: 'How the newest training stands', body: statusAnswer },
    refusals: ['TRAINING_ENDED'],
  },
  listLoraFiles: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/{loraModelId}/files',
    summary: 'The finished files, each with a link that lives for five minutes',
    params: trainingParams,
    answer: {
      status: 200,
      description: 'One file; two for Wan 2.2',
      body: z.strictObject({
        files: z.array(
          z.strictObject({
            role: writtenRole,
            fileName: z.string(),
            bytes: z.int().min(1),
            sha256: z.string().regex(/^[0-9a-f]{64}$/),
            url: z.url(),
            urlExpiresAt: instant,
            sandbox: z.boolean().describe('Made by the sandbox GPU: valid, but empty'),
          }),
        ),
      }),
    },
    refusals: ['NO_FILE_YET', 'MODEL_EXPIRED', 'STORAGE_UNAVAILABLE'],
  },
  downloadLora: {
    method: 'GET',
    path: '/api/influencer/{id}/lora/{loraModelId}/download',
    summary: 'Download a finished file',
    params: trainingParams,
    query: z.strictObject({ role: fileRole.optional() }),
    answer: { status: 303, description: 'On to a link that lives for five minutes' },
    refusals: ['NO_FILE_YET', 'MODEL_EXPIRED', 'STORAGE_UNAVAILABLE'],
    example: { query: { role: 'main' } },
  },
});

export const loraModel = named(
  'LoraModel',
  z.strictObject({
    id: z.uuid(),
    characterId: z.uuid(),
    userId: z.uuid(),
    type: z.literal('face'),
    status: z.enum(trainingStatuses),
    config: z.looseObject({}),
    modelPath: z.string().nullable(),
    modelUrl: z.url().nullable().describe('Lives for five minutes; null until it is ready'),
    triggerWord: z.string(),
    baseModel,
    externalJobId: z.string().nullable(),
    externalProvider: z.string(),
    trainingSteps: z.int(),
    trainingDurationMs: z.int().nullable(),
    costCredits: credits,
    errorMessage: z.string().nullable(),
    retryCount: z.int(),
    trainingStartedAt: instant.nullable(),
    trainingCompletedAt: instant.nullable(),
    expiresAt: instant.nullable(),
  }),
  'The row of a training under the names of the first version of this API.',
);

/** The routes of the first version: doors to the same functions (D5). */
export const characterOperations = operationsOf('First version', {
  trainCharacterLora: {
    method: 'POST',
    path: '/api/characters/train-lora',
    summary: 'Start a training, by the id of its character in the body',
    description: `${trainNotes} The same as \`POST /api/influencer/{id}/lora/train\`.`,
    body: trainBody.extend({ characterId: z.uuid() }),
    limit: 'startTraining',
    answer: { status: 201, description: 'It has started; the credits are reserved', body: started },
    refusals: ['NOT_FOUND', ...trainRefusals],
    example: {
      body: {
        characterId: '019a1b2c-0000-7000-8000-0000000000aa',
        imageIds: exampleIds,
        consent: 'self',
      },
    },
  },
  getCharacterLoraStatus: {
    method: 'GET',
    path: '/api/characters/lora-status/{jobId}',
    summary: 'How one training is doing, by its job',
    description: '`jobId` is the `trainingJobId` or the `loraModelId` of the start’s answer.',
    params: z.strictObject({ jobId: z.string().min(1).max(200) }),
    answer: { status: 200, description: 'As it is now', body: statusAnswer },
    refusals: [],
  },
  getCharacterLoraTrainingCost: {
    method: 'GET',
    path: '/api/characters/lora-training-cost',
    summary: 'What a training costs, whoever it is of',
    query: z.strictObject({
      imageCount: numberInQuery(1, maxImages),
      baseModel: baseModel.optional(),
    }),
    answer: {
      status: 200,
      description: 'The price and how it is made',
      body: z.strictObject({
        baseModel,
        version: z.int(),
        baseCredits: credits,
        perImageCredits: credits,
        imageCount: z.int(),
        totalCredits: credits,
      }),
    },
    refusals: ['UNKNOWN_BASE_MODEL'],
    example: { query: { imageCount: '7' } },
  },
  listMyLoras: {
    method: 'GET',
    path: '/api/characters/my-loras',
    summary: 'List the newest 100 of your LoRAs, whatever their state',
    answer: {
      status: 200,
      description: 'Newest first',
      body: z.strictObject({ loras: z.array(loraModel) }),
    },
    refusals: ['STORAGE_UNAVAILABLE'],
  },
  getCharacterLora: {
    method: 'GET',
    path: '/api/characters/{characterId}/lora',
    summary: 'The LoRA of a character: the newest that is ready, else the newest of all',
    params: z.strictObject({ characterId: z.uuid() }),
    answer: {
      status: 200,
      description: 'Null before the first training',
      body: z.strictObject({ lora: loraModel.nullable() }),
    },
    refusals: ['STORAGE_UNAVAILABLE'],
  },
});

export const modelOperations = operationsOf('Base models', {
  listModels: {
    method: 'GET',
    path: '/api/models',
    summary: 'List the base models with price and usual time',
    answer: {
      status: 200,
      description: 'All of them; those with `licenceMissing` cannot be trained here',
      body: z.strictObject({
        defaultModel: baseModel,
        models: z.array(
          z.strictObject({
            id: baseModel,
            label: z.string(),
            summary: z.string(),
            baseCredits: credits,
            perImageCredits: credits,
            estimate,
            supportsLora: z.boolean(),
            licenceMissing: z.boolean(),
          }),
        ),
      }),
    },
    refusals: [],
  },
});
