import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import autocannon from 'autocannon';
import { encode } from 'next-auth/jwt';
import sharp from 'sharp';
import { openSession } from '../lib/accounts/sessions.ts';
import { db } from '../lib/db.ts';
import { env } from '../lib/env.ts';
import { attemptSecret, signEvent } from '../lib/gpu/signature.ts';
import { ingestImage } from '../lib/media/ingest-image.ts';
import { paths } from '../lib/paths.ts';
import { makePhoto } from '../lib/testing/factories.ts';
import { attemptOf, makeStage } from '../lib/testing/training-stage.ts';
import { freePorts } from './ports.ts';
import { createStack } from './stack.ts';

/**
 * `npm run bench`: how fast the product is on this machine, each figure beside a limit or a peer
 * measured in the same run. Prints a table; exits non-zero when a limit is missed.
 */
interface Figure {
  what: string;
  measured: string;
  beside: string;
  ratio: number;
  /** The ratio may be at most this (`max`) or must be at least this (`min`). */
  limit: { max: number } | { min: number };
}

const trainings = 20;
const figures: Figure[] = [];

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'likeness-bench-'));
  const ports = await freePorts(4);
  const stack = createStack({
    mode: 'production',
    settings: {
      ...process.env,
      LIKENESS_DATA_DIR: directory,
      SAMPLE_DATA: 'false',
      SANDBOX_TRAINING_SECONDS: '3',
      LOG_LEVEL: 'error',
      PORT: String(ports[0]),
      DATABASE_PORT: String(ports[1]),
      S3_PORT: String(ports[2]),
      SANDBOX_GPU_PORT: String(ports[3]),
    },
    report: (line) => console.log(line),
  });
  try {
    const running = await stack.start();
    for (const [name, value] of Object.entries(running.env)) process.env[name] = String(value);
    await benchTrainings();
    await benchWebhook();
    await benchThumbnails();
  } finally {
    await db().$disconnect();
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
  report();
}

/** From a click to the job at the GPU, and from the GPU's last event to the creator's notice. */
async function benchTrainings(): Promise<void> {
  console.log(`bench: ${trainings} trainings, one after another …`);
  const accepted: number[] = [];
  const told: number[] = [];
  for (let round = 0; round < trainings; round += 1) {
    const stage = await makeStage({ images: 5, withObjects: true });
    const cookie = await signedInCookie(stage.user.id);
    const clickedAt = Date.now();
    const response = await fetch(
      `${env().APP_URL}/api/influencer/${stage.character.id}/lora/train`,
      {
        method: 'POST',
        headers: { cookie, origin: env().APP_URL, 'content-type': 'application/json' },
        body: JSON.stringify({ imageIds: stage.input.imageIds, consent: 'synthetic' }),
      },
    );
    if (response.status !== 201) throw new Error(`start answered ${response.status}`);
    const { loraModelId } = (await response.json()) as { loraModelId: string };
    await until(async () => (await attemptOf(loraModelId)).state === 'submitted', 5);
    accepted.push(Date.now() - clickedAt);
    await until(async () => {
      const notice = await db().notification.findUnique({
        where: { subjectId_type: { subjectId: loraModelId, type: 'lora.training.completed' } },
      });
      return notice !== null;
    }, 20);
    const toldAt = Date.now();
    const last = await db().webhookDelivery.findFirstOrThrow({
      where: { attemptId: (await attemptOf(loraModelId)).id, type: 'succeeded' },
    });
    told.push(toldAt - Date.parse((last.body as { at: string }).at));
  }
  limitMs('click to job accepted by the GPU, p95', accepted, 2_000);
  limitMs('GPU "succeeded" to notice in the database, p95', told, 2_000);
}

/** Signed callbacks through the route, beside a route with one query. */
async function benchWebhook(): Promise<void> {
  console.log('bench: webhook …');
  const attemptId = randomUUID();
  const secret = attemptSecret(env().AUTH_SECRET, attemptId);
  const load = { connections: 16, duration: 8 } as const;
  const url = env().APP_URL;
  const peer = await autocannon({ ...load, url: `${url}/api/health` });
  const webhook = await autocannon({
    ...load,
    url: `${url}${paths.trainingWebhook('sandbox')}?attempt=${attemptId}`,
    method: 'POST',
    requests: [
      {
        setupRequest: (request) => {
          const body = JSON.stringify({
            protocolVersion: 1,
            trainingId: randomUUID(),
            attemptId,
            seq: 1,
            at: new Date().toISOString(),
            type: 'heartbeat',
            phase: 'training',
            step: 1,
            totalSteps: 10,
            loss: null,
            secondsPerStep: null,
            gpuSeconds: 1,
          });
          return {
            ...request,
            body,
            headers: {
              'content-type': 'application/json',
              ...signEvent(secret, randomUUID(), new Date(), body),
            },
          };
        },
      },
    ],
  });
  if (webhook.non2xx > 0) throw new Error(`${webhook.non2xx} callbacks were refused`);
  figures.push({
    what: 'webhook requests a second, 16 connections',
    measured: `${Math.round(webhook.requests.average)}/s, p99 ${webhook.latency.p99} ms`,
    beside: `route with one query: ${Math.round(peer.requests.average)}/s, p99 ${peer.latency.p99} ms`,
    ratio: webhook.requests.average / peer.requests.average,
    limit: { min: 0.25 },
  });
}

/** Pictures through the whole ingest, beside the same two outputs by bare sharp. */
async function benchThumbnails(): Promise<void> {
  console.log('bench: pictures …');
  const photos = await Promise.all(
    Array.from({ length: 16 }, (_, seed) => makePhoto(seed, { width: 1_600, height: 2_000 })),
  );
  const ours = await perSecond(photos, async (photo) => {
    await ingestImage(photo);
  });
  const bare = await perSecond(photos, async (photo) => {
    await sharp(photo)
      .rotate()
      .resize(2_048, 2_048, fit)
      .webp({ quality: 90, effort: 2 })
      .toBuffer();
    await sharp(photo).rotate().resize(480, 480, fit).webp({ effort: 2 }).toBuffer();
  });
  figures.push({
    what: 'pictures ingested a second (3 megapixels, two sizes)',
    measured: `${ours.toFixed(1)}/s`,
    beside: `bare sharp: ${bare.toFixed(1)}/s`,
    ratio: ours / bare,
    limit: { min: 0.5 },
  });
}

const fit = { fit: 'inside', withoutEnlargement: true } as const;

async function perSecond(photos: Buffer[], work: (photo: Buffer) => Promise<void>) {
  const waiting = [...photos];
  const from = performance.now();
  const lane = async () => {
    for (let photo = waiting.shift(); photo; photo = waiting.shift()) await work(photo);
  };
  await Promise.all([lane(), lane()]);
  return photos.length / ((performance.now() - from) / 1_000);
}

/** The cookie next-auth would have set for this user. */
async function signedInCookie(userId: string): Promise<string> {
  const token = await encode({
    secret: env().AUTH_SECRET,
    token: { sub: userId, sessionId: await openSession(userId) },
  });
  return `next-auth.session-token=${token}`;
}

async function until(done: () => Promise<boolean>, everyMs: number): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!(await done())) {
    if (Date.now() > giveUpAt) throw new Error('gave up after 60 s');
    await wait(everyMs);
  }
}

function limitMs(what: string, samples: number[], limit: number): void {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  figures.push({
    what,
    measured: `${at(0.95)} ms (median ${at(0.5)} ms, n = ${samples.length})`,
    beside: `limit ${limit} ms`,
    ratio: at(0.95) / limit,
    limit: { max: 1 },
  });
}

function report(): void {
  const isMet = ({ ratio, limit }: Figure) =>
    'max' in limit ? ratio <= limit.max : ratio >= limit.min;
  console.log('');
  console.table(
    figures.map((figure) => ({
      what: figure.what,
      measured: figure.measured,
      beside: figure.beside,
      ratio: Number(figure.ratio.toFixed(2)),
      limit: 'max' in figure.limit ? `≤ ${figure.limit.max}` : `≥ ${figure.limit.min}`,
      met: isMet(figure) ? 'yes' : 'NO',
    })),
  );
  if (!figures.every(isMet)) process.exitCode = 1;
}

await main();
