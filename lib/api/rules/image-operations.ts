import { z } from 'zod';
import {
  likeImageSchema,
  requestPartsSchema,
  requestUploadSchema,
  saveCaptionSchema,
} from '../../characters/rules/schemas.ts';
import { type ErrorCode, errorStatus } from '../../errors.ts';
import { imageModelIds } from '../../lora/rules/base-models.ts';
import { generateImagesSchema } from '../../studio/rules/schemas.ts';
import { influencerParams } from './influencer-operations.ts';
import { instant, named, numberInQuery, operationsOf } from './operation.ts';

const imageParams = z.strictObject({ id: z.uuid() });
const frameNumber = numberInQuery(1, 2_147_483_647);

const errorCode = z.enum(Object.keys(errorStatus) as [ErrorCode, ...ErrorCode[]]);

export const errorDetails = named(
  'ErrorDetails',
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  'Facts that go with a code, such as missing counts and prices.',
);

export const refusal = named(
  'Refusal',
  z.strictObject({ code: errorCode, details: errorDetails }),
  'Why a picture was not taken.',
);

export const image = named(
  'Image',
  z.strictObject({
    id: z.uuid(),
    number: z.int().min(1),
    source: z.enum(['upload', 'generated']),
    state: z.enum(['uploading', 'ready', 'rejected']),
    liked: z.boolean(),
    likedAt: instant.nullable(),
    inProfileSet: z.boolean(),
    caption: z.string().nullable(),
    prompt: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    tooSmallForTraining: z.boolean(),
    rejection: refusal.nullable(),
    fileName: z.string(),
    createdAt: instant,
  }),
);

const uploadTarget = named(
  'UploadTarget',
  z.strictObject({ url: z.url(), headers: z.record(z.string(), z.string()) }),
  'A link that takes a PUT with exactly these headers, for ten minutes.',
);

const upload = named(
  'Upload',
  z.strictObject({
    imageId: z.uuid(),
    number: z.int().min(1),
    upload: uploadTarget,
  }),
  'Where to PUT the bytes, exactly as many as announced.',
);

const finished = named(
  'FinishedUpload',
  z.union([
    z.strictObject({ state: z.literal('ready'), image }),
    z.strictObject({
      state: z.literal('duplicate'),
      ofImageId: z.uuid(),
      ofNumber: z.int().min(1),
    }),
    z.strictObject({ state: z.literal('rejected'), code: errorCode, details: errorDetails }),
  ]),
);

export const imageOperations = operationsOf('Images', {
  listImages: {
    method: 'GET',
    path: '/api/influencer/{id}/images',
    summary: 'List an influencer’s images by number',
    params: influencerParams,
    answer: {
      status: 200,
      description: 'All of them, also those still uploading and those rejected',
      body: z.strictObject({ images: z.array(image) }),
    },
    refusals: [],
  },
  requestUpload: {
    method: 'POST',
    path: '/api/influencer/{id}/images',
    summary: 'Ask where to upload an image',
    description:
      'JPEG, PNG, WebP or HEIC, 20 MB and 50 megapixels at most. PUT the bytes to the link, then finish the upload. When the link has run out, ask again with the `imageId` of the first answer.',
    params: influencerParams,
    body: requestUploadSchema.omit({ characterId: true }),
    limit: 'uploads',
    answer: { status: 201, description: 'Where its bytes go', body: upload },
    refusals: [
      'NOT_AN_IMAGE',
      'FILE_TOO_LARGE',
      'ALREADY_HERE',
      'TOO_MANY_UPLOADS',
      'STORAGE_UNAVAILABLE',
    ],
    example: { body: { fileName: 'mara.jpg', bytes: 1_048_576, contentType: 'image/jpeg' } },
  },
  openImage: {
    method: 'GET',
    path: '/api/images/{id}',
    summary: 'Open an image',
    params: imageParams,
    query: z.strictObject({ size: z.enum(['thumb', 'full']).optional() }),
    answer: { status: 302, description: 'On to a link that lives for some minutes' },
    refusals: ['STORAGE_UNAVAILABLE'],
    example: { query: { size: 'full' } },
  },
  requestParts: {
    method: 'POST',
    path: '/api/images/{id}/upload',
    summary: 'Ask which parts of a file have arrived and where the others go',
    description:
      'The other way to send a file than one PUT: parts that arrived are not sent again. Asking again is how an upload goes on after a lost connection. When all have arrived, finish the upload.',
    params: imageParams,
    body: requestPartsSchema.omit({ imageId: true }),
    answer: {
      status: 200,
      description: 'The parts, in order',
      body: z.strictObject({
        parts: z.array(
          z.strictObject({
            number: z.int().min(1),
            start: z.int().min(0),
            bytes: z.int().min(1),
            upload: uploadTarget.nullable(),
          }),
        ),
        keptUntil: instant,
      }),
    },
    refusals: ['FILE_TOO_LARGE', 'UPLOAD_MISSING', 'STORAGE_UNAVAILABLE'],
    example: { body: { bytes: 1_048_576 } },
  },
  giveUpUpload: {
    method: 'DELETE',
    path: '/api/images/{id}/upload',
    summary: 'Forget an unfinished upload',
    params: imageParams,
    answer: { status: 204, description: 'It is gone' },
    refusals: [],
  },
  finishUpload: {
    method: 'POST',
    path: '/api/images/{id}/finish',
    summary: 'Say that the bytes have arrived',
    description:
      'The picture is checked, freed of camera and location data, and stored. A picture that is refused is an answer too.',
    params: imageParams,
    answer: { status: 200, description: 'What became of it', body: finished },
    refusals: ['UPLOAD_MISSING', 'UPLOAD_DAMAGED', 'FILE_TOO_LARGE', 'STORAGE_UNAVAILABLE'],
  },
  likeImage: {
    method: 'POST',
    path: '/api/images/{id}/like',
    summary: 'Like or unlike an image',
    params: imageParams,
    body: likeImageSchema.omit({ imageId: true }),
    answer: {
      status: 200,
      description: 'As it is now',
      body: z.strictObject({ imageId: z.uuid(), liked: z.boolean() }),
    },
    refusals: [],
    example: { body: { liked: true } },
  },
  captionImage: {
    method: 'PATCH',
    path: '/api/images/{id}',
    summary: 'Set the caption an image is trained with',
    description: 'An empty caption goes back to the one we make.',
    params: imageParams,
    body: saveCaptionSchema.omit({ imageId: true }),
    answer: {
      status: 200,
      description: 'As it is now',
      body: z.strictObject({ imageId: z.uuid(), caption: z.string() }),
    },
    refusals: [],
    example: { body: { caption: 'looking to the left, soft window light' } },
  },
  removeImage: {
    method: 'DELETE',
    path: '/api/images/{id}',
    summary: 'Remove an image',
    params: imageParams,
    answer: { status: 204, description: 'It is gone' },
    refusals: ['TRAINING_OPEN'],
  },
  restoreImage: {
    method: 'POST',
    path: '/api/images/{id}/restore',
    summary: 'Bring a removed image back, for a moment after it was removed',
    params: imageParams,
    answer: { status: 204, description: 'It is back' },
    refusals: ['ALREADY_HERE'],
  },
  downloadImage: {
    method: 'GET',
    path: '/api/images/{id}/download',
    summary: 'Download an image under its own name',
    params: imageParams,
    answer: { status: 303, description: 'On to a link that lives for five minutes' },
    refusals: ['STORAGE_UNAVAILABLE'],
  },
});

export const galleryItem = named(
  'GalleryItem',
  z.strictObject({
    id: z.uuid(),
    number: z.int().min(1),
    state: z.enum(['ready', 'making', 'failed']),
    liked: z.boolean(),
    inProfileSet: z.boolean(),
    source: z.enum(['upload', 'generated']),
    caption: z.string().nullable(),
    prompt: z.string().nullable(),
    width: z.int().nullable(),
    height: z.int().nullable(),
    model: z.strictObject({ id: z.enum(imageModelIds), label: z.string() }).nullable(),
    withLora: z.boolean(),
    sandbox: z.boolean(),
    failure: refusal.nullable(),
    createdAt: instant,
  }),
  'A picture in the studio: ready, in the works, or not made.',
);

export const studioOperations = operationsOf('Studio', {
  listGallery: {
    method: 'GET',
    path: '/api/influencer/{id}/gallery',
    summary: 'List the studio’s pictures, newest first',
    params: influencerParams,
    query: z.strictObject({
      before: frameNumber.optional(),
      since: frameNumber.optional(),
    }),
    answer: {
      status: 200,
      description: 'A page below `before`, or everything from `since` on',
      body: z.strictObject({ items: z.array(galleryItem), nextBefore: z.int().nullable() }),
    },
    refusals: [],
  },
  generateImages: {
    method: 'POST',
    path: '/api/influencer/{id}/generate',
    summary: 'Generate pictures',
    description:
      'They are listed at once as `making`. Where the influencer has a LoRA of that model, it is applied with its trigger word.',
    params: influencerParams,
    body: generateImagesSchema.omit({ characterId: true, requestId: true }),
    answer: {
      status: 202,
      description: 'They are being made',
      body: z.strictObject({ images: z.array(galleryItem) }),
    },
    refusals: ['UNKNOWN_BASE_MODEL', 'LICENCE_NEEDED', 'GENERATION_BUSY', 'TOO_MANY_UPLOADS'],
    example: {
      body: { prompt: 'reading in a café, soft light', baseModel: 'z-image-turbo', count: 4 },
    },
  },
});
