import { z } from 'zod';
import { baseModelIds } from '../lora/rules/base-models.ts';

/**
 * The wire contract between Likeness and whatever trains: job input in, signed events out.
 * `docs/worker-protocol.md` tells it in words; its JSON Schemas and test vectors are made from
 * these schemas (`npm run protocol`), so that a worker in another language can share them.
 */
export const protocolVersion = 1;

export const roleSchema = z.enum(['main', 'high_noise', 'low_noise']);
export type FileRole = z.infer<typeof roleSchema>;
export const phaseSchema = z.enum([
  'preparing',
  'captioning',
  'caching',
  'training',
  'sampling',
  'uploading',
]);

/** Why a worker gave up, in the worker's words. Closed: an unknown code is a schema error. */
export const workerErrorCodes = [
  'BAD_IMAGE',
  'TOO_FEW_IMAGES',
  'OOM',
  'NAN_LOSS',
  'PREEMPTED',
  'UPLOAD_FAILED',
  'DEADLINE',
  'LICENSE_DISABLED',
  'NO_CAPACITY',
  'INTERNAL',
] as const;
export const workerErrorCodeSchema = z.enum(workerErrorCodes);
export type WorkerErrorCode = z.infer<typeof workerErrorCodeSchema>;

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** How to train: data with a version, chosen by us, echoed by the worker. */
export const recipeSchema = z.strictObject({
  /** For example `z-image-turbo/1`. */
  id: z.string().min(1).max(80),
  rank: z.int().min(1).max(256),
  alpha: z.int().min(1).max(256),
  steps: z.int().min(1).max(20_000),
  batchSize: z.int().min(1).max(16),
  learningRate: z.number().positive(),
  /** Bucket sizes in pixels, each a multiple of 16. */
  resolutions: z.array(z.int().multipleOf(16)).min(1).max(6),
  captionDropout: z.number().min(0).max(1),
});
export type Recipe = z.infer<typeof recipeSchema>;

export const jobInputSchema = z.strictObject({
  protocolVersion: z.literal(protocolVersion),
  /** Unique for all time; what we look for before we ever submit again. */
  name: z.string().regex(/^likeness-[a-z0-9-]{8,80}$/),
  trainingId: z.uuid(),
  attemptId: z.uuid(),
  baseModel: z.enum(baseModelIds),
  recipe: recipeSchema,
  /** A rare token the adapter learns, never a person's plain name. */
  triggerWord: z.string().regex(/^[a-z0-9_]{4,64}$/),
  seed: z.int().min(0).max(2_147_483_647),
  images: z
    .array(
      z.strictObject({
        id: z.uuid(),
        /** Presigned GET; fetch it at once, it lives an hour at most. */
        url: z.url(),
        sha256: sha256Schema,
        caption: z.string().max(2_000),
      }),
    )
    .min(5)
    .max(50),
  limits: z.strictObject({
    maxSeconds: z.int().positive(),
    /** ISO 8601, UTC. Past it the worker stops by itself and reports DEADLINE. */
    deadlineAt: z.iso.datetime(),
  }),
  callback: z.strictObject({
    /** Events go here: POST, Standard Webhooks signature. */
    eventsUrl: z.url(),
    /** Asked for a fresh presigned PUT when a file is ready: POST, same signature. */
    uploadUrl: z.url(),
    /** `whsec_…`, for this attempt only. */
    secret: z.string().regex(/^whsec_[A-Za-z0-9+/=]+$/),
    heartbeatSeconds: z.int().min(1).max(120),
  }),
  /**
   * A tag the sandbox reads (`rehearsalTags` in `lib/lora/rules/rehearsals.ts`), so that each
   * failure can be seen by hand. Real workers ignore it.
   */
  rehearsal: z.string().max(40).nullable(),
});
export type JobInput = z.infer<typeof jobInputSchema>;

const eventBase = {
  protocolVersion: z.literal(protocolVersion),
  trainingId: z.uuid(),
  attemptId: z.uuid(),
  /** Counts up from 1 within an attempt; a lower one than seen is stale. */
  seq: z.int().min(1),
  /** ISO 8601, UTC. */
  at: z.iso.datetime(),
  /**
   * Where a vendor starts the worker: the vendor's own id of this run, in every event. The first run
   * that is heard of is the attempt's job; any other is told to cancel.
   */
  externalJobId: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,200}$/)
    .optional(),
};

const reportedFileSchema = z.strictObject({
  role: roleSchema,
  key: z.string().min(1).max(300),
  bytes: z.int().positive(),
  sha256: sha256Schema,
});

/** What a sample may be: small pictures, and not many of them. */
export const sampleLimits = { pictures: 40, perStep: 4, bytes: 4 * 1024 ** 2 } as const;
export const sampleContentTypes = ['image/webp', 'image/png', 'image/jpeg'] as const;

const samplePlaceFields = {
  /** After which step it was made. */
  step: z.int().min(0).max(20_000),
  /** Its number among the samples of that step, from 0. */
  index: z
    .int()
    .min(0)
    .max(sampleLimits.perStep - 1),
};
const sampleBodyFields = {
  contentType: z.enum(sampleContentTypes),
  bytes: z.int().positive().max(sampleLimits.bytes),
  sha256: sha256Schema,
};

const reportedSampleSchema = z.strictObject({
  ...samplePlaceFields,
  key: z.string().min(1).max(300),
  ...sampleBodyFields,
  prompt: z.string().max(2_000),
});
export type ReportedSample = z.infer<typeof reportedSampleSchema>;

const progressFields = {
  phase: phaseSchema,
  step: z.int().min(0),
  totalSteps: z.int().min(1).nullable(),
  loss: z.number().nullable(),
  secondsPerStep: z.number().nonnegative().nullable(),
  gpuSeconds: z.number().nonnegative(),
};

export const workerEventSchema = z.discriminatedUnion('type', [
  z.strictObject({ ...eventBase, type: z.literal('accepted'), gpu: z.string().max(80).nullable() }),
  z.strictObject({ ...eventBase, type: z.literal('progress'), ...progressFields }),
  z.strictObject({ ...eventBase, type: z.literal('heartbeat'), ...progressFields }),
  z.strictObject({
    ...eventBase,
    type: z.literal('sample'),
    step: z.int().min(0),
    key: z.string().min(1).max(300),
    prompt: z.string().max(2_000),
    /** What was uploaded, where nobody else can say it: all four, or none. */
    index: samplePlaceFields.index.optional(),
    contentType: sampleBodyFields.contentType.optional(),
    bytes: sampleBodyFields.bytes.optional(),
    sha256: sampleBodyFields.sha256.optional(),
  }),
  z.strictObject({ ...eventBase, type: z.literal('uploaded'), file: reportedFileSchema }),
  z.strictObject({
    ...eventBase,
    type: z.literal('succeeded'),
    files: z.array(reportedFileSchema).min(1).max(2),
    gpuSeconds: z.number().nonnegative(),
  }),
  z.strictObject({
    ...eventBase,
    type: z.literal('failed'),
    error: z.strictObject({
      code: workerErrorCodeSchema,
      retryable: z.boolean(),
      /** For our log. A creator never sees it. */
      message: z.string().max(2_000),
    }),
    gpuSeconds: z.number().nonnegative(),
  }),
  z.strictObject({
    ...eventBase,
    type: z.literal('cancelled'),
    gpuSeconds: z.number().nonnegative(),
  }),
]);
export type WorkerEvent = z.infer<typeof workerEventSchema>;

/** What every event is answered with. `cancel`: stop, report `cancelled`, clean up. */
export const eventReplySchema = z.strictObject({
  action: z.enum(['continue', 'cancel']),
  /** To an `accepted` that names its run: the highest `seq` heard so far. Go on above it. */
  lastSeq: z.int().min(0).optional(),
});
export type EventReply = z.infer<typeof eventReplySchema>;

const uploadFields = {
  protocolVersion: z.literal(protocolVersion),
  trainingId: z.uuid(),
  attemptId: z.uuid(),
};

const fileUploadSchema = z.strictObject({
  ...uploadFields,
  role: roleSchema,
  bytes: z
    .int()
    .positive()
    .max(2 * 1024 ** 3),
  sha256: sha256Schema,
});
const sampleUploadSchema = z.strictObject({
  ...uploadFields,
  sample: z.strictObject(samplePlaceFields),
  ...sampleBodyFields,
});

/** The worker asks where to put a finished file, or a sample picture. */
export const uploadRequestSchema = z.union([fileUploadSchema, sampleUploadSchema]);
export type UploadRequest = z.infer<typeof uploadRequestSchema>;
/** What is to be put there, without whose it is. */
export type UploadBody =
  | Omit<z.infer<typeof fileUploadSchema>, keyof typeof uploadFields>
  | Omit<z.infer<typeof sampleUploadSchema>, keyof typeof uploadFields>;

/** A fresh presigned PUT, bound to that length and hash; send `headers` unchanged. */
export const uploadGrantSchema = z.strictObject({
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  key: z.string(),
  expiresAt: z.iso.datetime(),
});
export type UploadGrant = z.infer<typeof uploadGrantSchema>;

/** What a worker host that speaks this protocol answers about one job (`GET /jobs/{id}`). */
export const hostJobSchema = z.strictObject({
  id: z.string().min(1).max(200),
  name: z.string().max(100),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  createdAt: z.iso.datetime(),
  progress: z.strictObject(progressFields),
  files: z.array(reportedFileSchema),
  /** Pictures on the way, oldest first; a host that makes none may leave it out. */
  samples: z.array(reportedSampleSchema).max(sampleLimits.pictures).optional(),
  error: z
    .strictObject({ code: workerErrorCodeSchema, retryable: z.boolean(), message: z.string() })
    .nullable(),
});
export type HostJob = z.infer<typeof hostJobSchema>;

/** `GET /jobs` and `GET /jobs?name=…`: every job the host still holds, or the one of that name. */
export const hostJobListSchema = z.strictObject({ jobs: z.array(hostJobSchema) });
export type HostJobList = z.infer<typeof hostJobListSchema>;

/** What a host answers with any status from 400 up. `no_capacity` (503) is a normal answer. */
export const hostErrorSchema = z.strictObject({
  error: z.enum([
    'invalid_job',
    'unauthorized',
    'not_found',
    'method_not_allowed',
    'too_large',
    'no_capacity',
    'internal',
  ]),
  message: z.string().max(2_000),
});
export type HostError = z.infer<typeof hostErrorSchema>;
