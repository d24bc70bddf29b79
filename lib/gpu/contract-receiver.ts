import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { baseModels } from '../lora/rules/base-models.ts';
import {
  type JobInput,
  protocolVersion,
  type UploadGrant,
  type UploadRequest,
  uploadRequestSchema,
  type WorkerEvent,
  workerEventSchema,
} from './protocol.ts';
import type { Observation } from './provider.ts';
import { reportedObservation } from './rules/reported-observation.ts';
import { attemptSecret, verifyEvent } from './signature.ts';

/** An event as it arrived: signature and schema already checked. */
export interface Delivery {
  deliveryId: string;
  event: WorkerEvent;
}

export interface StoredFile {
  bytes: number;
  sha256: string;
  /** The first 64 kB. */
  opening: Buffer;
}

/** What an endpoint answers instead of its usual answer; null for the usual one. */
type OtherAnswer = { status: number; body?: unknown } | null;

/** How one attempt is answered otherwise. */
export interface Interference {
  event?(event: WorkerEvent): OtherAnswer;
  grant?(request: UploadRequest): OtherAnswer;
  put?(request: UploadRequest): OtherAnswer;
}

/**
 * For contract tests: the app's side of the worker protocol in one small HTTP server. It serves
 * images, takes signed events and claims, grants uploads and takes them. Anything malformed or forged
 * is answered 400 and kept in `faults`.
 */
export async function startContractReceiver() {
  const masterSecret = 'the contract receiver';
  const deliveries: Delivery[] = [];
  const faults: string[] = [];
  const stored = new Map<string, StoredFile>();
  const grants = new Map<string, { key: string } & UploadRequest>();
  const imageFetches = new Map<string, number>();
  const interferences = new Map<string, Interference>();
  const claims = new Map<string, string>();
  const refusedJobs: string[] = [];

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      faults.push(`${request.method} ${request.url}: ${error}`);
      reply(response, 400, { error: String(error) });
    });
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, room, ...path] = (request.url ?? '').split('/');
    if (room === 'images') {
      const [attemptId = '', index = ''] = path;
      imageFetches.set(attemptId, (imageFetches.get(attemptId) ?? 0) + 1);
      response.writeHead(200, { 'content-type': 'image/webp' }).end(imageBytes(Number(index)));
      return;
    }
    if (room === 'files') return takeFile(request, response, path.join('/'));
    if (room !== 'events' && room !== 'uploads') return reply(response, 404, {});
    const rawBody = (await readAll(request)).toString('utf8');
    const json: { attemptId?: unknown } = JSON.parse(rawBody);
    const secret = attemptSecret(masterSecret, String(json.attemptId));
    const { deliveryId } = verifyEvent([secret], request.headers, rawBody);
    if (room === 'events') {
      const event = workerEventSchema.parse(json);
      const { attemptId, externalJobId } = event;
      if (externalJobId) {
        const own = claims.get(attemptId) ?? externalJobId;
        claims.set(attemptId, own);
        if (own !== externalJobId) {
          refusedJobs.push(externalJobId);
          return reply(response, 202, { action: 'cancel' });
        }
      }
      const other = interferences.get(event.attemptId)?.event?.(event) ?? null;
      if (other === null || other.status < 300) deliveries.push({ deliveryId, event });
      const isClaim = externalJobId && event.type === 'accepted';
      const lastSeq = Math.max(0, ...eventsOf(attemptId).map(({ seq }) => seq));
      const usual = { action: 'continue', ...(isClaim ? { lastSeq } : {}) };
      return reply(response, other?.status ?? 200, other?.body ?? usual);
    }
    const wanted = uploadRequestSchema.parse(json);
    const other = interferences.get(wanted.attemptId)?.grant?.(wanted);
    if (other) return reply(response, other.status, other.body ?? {});
    const grantId = randomUUID();
    const key = placeOf(wanted);
    grants.set(grantId, { key, ...wanted });
    const grant: UploadGrant = {
      url: `${url}/files/${grantId}`,
      headers: {
        'content-type': 'sample' in wanted ? wanted.contentType : 'application/octet-stream',
        'x-amz-checksum-sha256': Buffer.from(wanted.sha256, 'hex').toString('base64'),
      },
      key,
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
    };
    reply(response, 200, grant);
  }

  async function takeFile(request: IncomingMessage, response: ServerResponse, grantId: string) {
    const grant = grants.get(grantId);
    if (!grant) throw new Error('no such grant, or used before');
    grants.delete(grantId);
    const hash = createHash('sha256');
    let bytes = 0;
    let opening = Buffer.alloc(0);
    for await (const chunk of request) {
      bytes += chunk.length;
      hash.update(chunk);
      if (opening.length < 65_536) opening = Buffer.concat([opening, chunk]).subarray(0, 65_536);
    }
    const other = interferences.get(grant.attemptId)?.put?.(grant);
    if (other) return reply(response, other.status, other.body ?? {});
    const sha256 = hash.digest('hex');
    if (request.headers['content-length'] !== String(grant.bytes)) throw new Error('wrong length');
    const checksum = request.headers['x-amz-checksum-sha256'];
    if (checksum !== Buffer.from(sha256, 'hex').toString('base64')) throw new Error('wrong header');
    if (sha256 !== grant.sha256) throw new Error('wrong content');
    // A worker that was killed may make its last sample again, and it is the same one.
    const before = stored.get(grant.key);
    if (before && !('sample' in grant && before.sha256 === sha256)) {
      throw new Error('stored before');
    }
    stored.set(grant.key, { bytes, sha256, opening });
    reply(response, 200, {});
  }

  const eventsOf = (attemptId: string): WorkerEvent[] =>
    deliveries.map(({ event }) => event).filter((event) => event.attemptId === attemptId);

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('The receiver has no address.');
  const url = `http://127.0.0.1:${address.port}`;

  return {
    url,
    /** Every event that was answered with 2xx, in the order of arrival. */
    deliveries,
    faults,
    /** Files by key. */
    stored,
    /** How many images were fetched, by attempt. */
    imageFetches,

    /** From now on this attempt is answered otherwise. */
    interfere(attemptId: string, interference: Interference): void {
      interferences.set(attemptId, interference);
    },

    eventsOf,

    /** Which job of a provider claimed an attempt. */
    claims,
    /** The jobs that were told to stop because another has their attempt, once for each event. */
    refusedJobs,

    /** What the job has said of itself, for a provider that knows no more. */
    reportOf(externalJobId: string): Observation | null {
      return reportedObservation(
        deliveries.flatMap(({ event }) => (event.externalJobId === externalJobId ? [event] : [])),
      );
    },

    /** A job with six images that this receiver serves and whose events it takes. */
    makeJob(change: Partial<JobInput> = {}): JobInput {
      const attemptId = change.attemptId ?? randomUUID();
      const baseModel = change.baseModel ?? 'z-image-turbo';
      const { rank } = baseModels[baseModel];
      return {
        protocolVersion,
        name: `likeness-${attemptId}-a1`,
        trainingId: randomUUID(),
        attemptId,
        baseModel,
        recipe: {
          id: `${baseModel}/1`,
          rank,
          alpha: rank,
          steps: 1500,
          batchSize: 1,
          learningRate: 0.0001,
          resolutions: [512, 768, 1024],
          captionDropout: 0.05,
        },
        triggerWord: 'ohwx_mara',
        seed: 7,
        images: Array.from({ length: 6 }, (_, index) => ({
          id: randomUUID(),
          url: `${url}/images/${attemptId}/${index}`,
          sha256: createHash('sha256').update(imageBytes(index)).digest('hex'),
          caption: 'ohwx_mara, standing in a street',
        })),
        limits: {
          maxSeconds: 600,
          deadlineAt: new Date(Date.now() + 600_000).toISOString(),
        },
        callback: {
          eventsUrl: `${url}/events`,
          uploadUrl: `${url}/uploads`,
          secret: attemptSecret(masterSecret, attemptId),
          heartbeatSeconds: 1,
        },
        rehearsal: null,
        ...change,
      };
    },

    close(): Promise<void> {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

export type ContractReceiver = Awaited<ReturnType<typeof startContractReceiver>>;

function placeOf(wanted: UploadRequest): string {
  return 'sample' in wanted
    ? `attempts/${wanted.attemptId}/samples/${wanted.sample.step}-${wanted.sample.index}`
    : `loras/${wanted.attemptId}/${wanted.role}.safetensors`;
}

/** Bytes that differ by image; nobody here decodes them. */
function imageBytes(index: number): Buffer {
  return Buffer.alloc(20_000 + index, `image ${index} `);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
