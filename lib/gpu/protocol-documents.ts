import { z } from 'zod';
import {
  eventReplySchema,
  type HostJob,
  hostErrorSchema,
  hostJobListSchema,
  hostJobSchema,
  type JobInput,
  jobInputSchema,
  protocolVersion,
  type UploadGrant,
  type UploadRequest,
  uploadGrantSchema,
  uploadRequestSchema,
  type WorkerEvent,
  workerEventSchema,
} from './protocol.ts';
import { attemptSecret, signEvent } from './signature.ts';

/** The published messages, by the name of their file. */
export const protocolSchemas = {
  'job-input': { schema: jobInputSchema, title: 'The job a worker gets' },
  'worker-event': { schema: workerEventSchema, title: 'An event a worker sends' },
  'event-reply': { schema: eventReplySchema, title: 'The answer to an event' },
  'upload-request': {
    schema: uploadRequestSchema,
    title: 'A worker asks where to put a file or a sample',
  },
  'upload-grant': { schema: uploadGrantSchema, title: 'Where a worker puts a file' },
  'host-job': { schema: hostJobSchema, title: 'What a worker host says about one job' },
  'host-job-list': { schema: hostJobListSchema, title: 'What a worker host says about its jobs' },
  'host-error': { schema: hostErrorSchema, title: 'What a worker host answers from 400 up' },
} as const;

/** One test vector: a document and whether it keeps to its schema. */
interface Vector {
  schema: keyof typeof protocolSchemas;
  name: string;
  valid: boolean;
  document: unknown;
}

const masterSecret = 'a master secret for test vectors';
const trainingId = '0b8f4f0e-3c1d-4b6a-8a53-5d1f3a2c7e90';
const attemptId = '3f2c8a10-7a54-4a0e-9a58-0d3c5f1f9b11';
const sha256 = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
const key = `loras/${attemptId}/main.safetensors`;
const file = { role: 'main', key, bytes: 70_254_592, sha256 } as const;
const sample = {
  step: 750,
  index: 0,
  key: `attempts/${attemptId}/samples/750-0`,
  contentType: 'image/webp',
  bytes: 48_211,
  sha256,
  prompt: 'ohwx_mara, smiling',
} as const;
const secret = attemptSecret(masterSecret, attemptId);

const job: JobInput = {
  protocolVersion,
  name: `likeness-${attemptId}-a1`,
  trainingId,
  attemptId,
  baseModel: 'z-image-turbo',
  recipe: {
    id: 'z-image-turbo/1',
    rank: 16,
    alpha: 16,
    steps: 1500,
    batchSize: 1,
    learningRate: 0.0001,
    resolutions: [512, 768, 1024],
    captionDropout: 0.05,
  },
  triggerWord: 'ohwx_mara',
  seed: 20_261_122,
  images: [1, 2, 3, 4, 5].map((number) => ({
    id: `7d1e2a34-0000-4000-8000-00000000000${number}`,
    url: `https://store.example/likeness/images/${number}.webp?X-Amz-Signature=0`,
    sha256,
    caption: `ohwx_mara, photograph ${number}, in a café`,
  })),
  limits: { maxSeconds: 7_200, deadlineAt: '2026-11-22T15:00:00Z' },
  callback: {
    eventsUrl: `https://likeness.example/api/webhooks/training?attempt=${attemptId}`,
    uploadUrl: `https://likeness.example/api/webhooks/training/upload?attempt=${attemptId}`,
    secret,
    heartbeatSeconds: 20,
  },
  rehearsal: null,
};

const base = { protocolVersion, trainingId, attemptId, at: '2026-11-22T12:00:00.250Z' } as const;
const progress = {
  phase: 'training',
  step: 300,
  totalSteps: 1500,
  loss: 0.3812,
  secondsPerStep: 0.41,
  gpuSeconds: 151.2,
} as const;

const events: WorkerEvent[] = [
  { ...base, seq: 1, type: 'accepted', gpu: 'NVIDIA H100 80GB HBM3' },
  {
    ...base,
    seq: 2,
    type: 'progress',
    phase: 'preparing',
    step: 0,
    totalSteps: null,
    loss: null,
    secondsPerStep: null,
    gpuSeconds: 3,
  },
  { ...base, seq: 3, type: 'progress', ...progress },
  { ...base, seq: 4, type: 'heartbeat', ...progress },
  {
    ...base,
    seq: 5,
    type: 'sample',
    step: 750,
    key: sample.key,
    prompt: sample.prompt,
  },
  { ...base, seq: 6, type: 'uploaded', file },
  { ...base, seq: 7, type: 'succeeded', files: [file], gpuSeconds: 702.5 },
  {
    ...base,
    seq: 8,
    type: 'failed',
    error: { code: 'OOM', retryable: false, message: 'CUDA out of memory' },
    gpuSeconds: 40,
  },
  { ...base, seq: 9, type: 'cancelled', gpuSeconds: 12.5 },
  { ...base, seq: 10, type: 'accepted', gpu: null, externalJobId: 'c80ffee4-f315-4e25-a146-u1' },
  { ...base, seq: 11, type: 'sample', externalJobId: 'fc-01KAQ4', ...sample },
];

const heartbeat = { ...base, seq: 4, type: 'heartbeat', ...progress };
const without = (field: string) =>
  Object.fromEntries(Object.entries(heartbeat).filter(([name]) => name !== field));

const brokenEvents: [name: string, document: unknown][] = [
  ['unknown type', { ...heartbeat, type: 'paused' }],
  ['no type', without('type')],
  ['a field too many', { ...heartbeat, epoch: 1 }],
  ['no seq', without('seq')],
  ['seq 0', { ...heartbeat, seq: 0 }],
  ['seq in text', { ...heartbeat, seq: '4' }],
  ['another protocol version', { ...heartbeat, protocolVersion: 2 }],
  ['attempt that is no UUID', { ...heartbeat, attemptId: 'attempt-1' }],
  ['time without a zone', { ...heartbeat, at: '2026-11-22T12:00:00' }],
  ['time with an offset', { ...heartbeat, at: '2026-11-22T12:00:00+00:00' }],
  ['unknown phase', { ...heartbeat, phase: 'warming' }],
  ['negative step', { ...heartbeat, step: -1 }],
  ['loss in text, as NaN must not be sent', { ...heartbeat, loss: 'NaN' }],
  ['missing loss, null must be written', without('loss')],
  ['a run without a name', { ...heartbeat, externalJobId: '' }],
  ['a run whose name is a path', { ...heartbeat, externalJobId: '../jobs/1' }],
  ['success without files', { ...base, seq: 7, type: 'succeeded', files: [], gpuSeconds: 1 }],
  [
    'hash in capitals',
    { ...base, seq: 6, type: 'uploaded', file: { ...file, sha256: sha256.toUpperCase() } },
  ],
  ['file of unknown role', { ...base, seq: 6, type: 'uploaded', file: { ...file, role: 'vae' } }],
  [
    'unknown error code',
    {
      ...base,
      seq: 8,
      type: 'failed',
      error: { code: 'GPU_ON_FIRE', retryable: true, message: '' },
      gpuSeconds: 1,
    },
  ],
];

const brokenJobs: [name: string, document: unknown][] = [
  ['four images', { ...job, images: job.images.slice(1) }],
  ['unknown base model', { ...job, baseModel: 'sdxl' }],
  ['a name that is not ours', { ...job, name: 'job-1' }],
  ['a plain secret', { ...job, callback: { ...job.callback, secret: 'secret' } }],
  [
    'a resolution that is no multiple of 16',
    { ...job, recipe: { ...job.recipe, resolutions: [500] } },
  ],
  ['a field too many', { ...job, priority: 1 }],
];

const uploadRequest: UploadRequest = {
  protocolVersion,
  trainingId,
  attemptId,
  role: 'main',
  bytes: file.bytes,
  sha256,
};
const sampleUpload = {
  protocolVersion,
  trainingId,
  attemptId,
  sample: { step: sample.step, index: sample.index },
  contentType: sample.contentType,
  bytes: sample.bytes,
  sha256,
} as const satisfies UploadRequest;
const brokenUploads: [name: string, document: unknown][] = [
  ['an empty file', { ...uploadRequest, bytes: 0 }],
  ['neither a file nor a sample', { ...uploadRequest, role: undefined }],
  ['both at once', { ...uploadRequest, sample: sampleUpload.sample }],
  ['a sample of 5 MB', { ...sampleUpload, bytes: 5_000_000 }],
  ['a sample that is a GIF', { ...sampleUpload, contentType: 'image/gif' }],
  ['a fifth sample of one step', { ...sampleUpload, sample: { step: 750, index: 4 } }],
  ['a sample before the first step', { ...sampleUpload, sample: { step: -1, index: 0 } }],
];

const hostJob: HostJob = {
  id: 'host-job-1',
  name: job.name,
  state: 'running',
  createdAt: '2026-11-22T12:00:00Z',
  progress,
  files: [],
  error: null,
};

const uploadGrant: UploadGrant = {
  url: `https://store.example/likeness/${key}?X-Amz-Signature=0`,
  headers: {
    'content-type': 'application/octet-stream',
    'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64'),
  },
  key,
  expiresAt: '2026-11-22T12:10:00Z',
};

function vectors(): Vector[] {
  const list: Vector[] = [];
  const add = (schema: Vector['schema'], valid: boolean, name: string, document: unknown) =>
    list.push({ schema, name, valid, document });
  add('job-input', true, 'five images for Z-Image Turbo', job);
  for (const [name, document] of brokenJobs) add('job-input', false, name, document);
  for (const event of events) add('worker-event', true, `${event.type} ${event.seq}`, event);
  for (const [name, document] of brokenEvents) add('worker-event', false, name, document);
  add('event-reply', true, 'go on', { action: 'continue' });
  add('event-reply', true, 'stop', { action: 'cancel' });
  add('event-reply', true, 'go on, above 41', { action: 'continue', lastSeq: 41 });
  add('event-reply', false, 'unknown action', { action: 'pause' });
  add('upload-request', true, 'one file', uploadRequest);
  add('upload-request', true, 'one sample', sampleUpload);
  for (const [name, document] of brokenUploads) add('upload-request', false, name, document);
  add('upload-grant', true, 'a presigned PUT', uploadGrant);
  add('upload-grant', false, 'no key', { ...uploadGrant, key: undefined });
  add('host-job', true, 'a host that makes no samples', hostJob);
  add('host-job', true, 'a job with a sample', { ...hostJob, samples: [sample] });
  add('host-job', false, 'a sample without its hash', {
    ...hostJob,
    samples: [{ ...sample, sha256: undefined }],
  });
  return list;
}

function signatures() {
  return [
    { deliveryId: `evt_${attemptId}_1`, timestamp: 1_795_348_800, body: JSON.stringify(events[0]) },
    { deliveryId: 'evt-2', timestamp: 1_795_348_801, body: '{"note":"größe, 大きさ, 🙂"}' },
    { deliveryId: 'evt_3', timestamp: 1_795_348_802, body: '' },
    { deliveryId: 'evt_4', timestamp: 1_795_348_803, body: '{ "spaces" : "are signed too" }\n' },
  ].map((delivery) => ({
    secret,
    ...delivery,
    headers: signEvent(
      secret,
      delivery.deliveryId,
      new Date(delivery.timestamp * 1000),
      delivery.body,
    ),
  }));
}

/**
 * The files of `docs/protocol`: a JSON Schema (2020-12) for each message, and `vectors.json`, by
 * which a worker in another language checks its own schemas and signatures.
 */
export function protocolDocuments(): Map<string, string> {
  const documents = new Map<string, string>();
  for (const [name, { schema, title }] of Object.entries(protocolSchemas)) {
    documents.set(
      `${name}.schema.json`,
      write({ title, ...z.toJSONSchema(schema, { io: 'input' }) }),
    );
  }
  documents.set(
    'vectors.json',
    write({
      protocolVersion,
      attemptSecrets: [{ masterSecret, attemptId, secret }],
      signatures: signatures(),
      documents: vectors(),
    }),
  );
  return documents;
}

function write(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
