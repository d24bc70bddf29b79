import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'next-auth/jwt';
import sharp from 'sharp';
import { openSession } from '../lib/accounts/sessions.ts';
import { db } from '../lib/db.ts';
import { env } from '../lib/env.ts';
import { ingestImage } from '../lib/media/ingest-image.ts';
import { paths } from '../lib/paths.ts';
import { makeCharacter, makePhoto, makeUser } from '../lib/testing/factories.ts';
import { attemptOf, makeStage } from '../lib/testing/training-stage.ts';
import { type Figure, until } from './bench-figure.ts';
import { benchLedger } from './bench-ledger.ts';
import { benchLive } from './bench-live.ts';
import { benchLighthouse, benchPages, budgetPages } from './bench-pages.ts';
import { benchRecovery } from './bench-recovery.ts';
import { benchWebhook } from './bench-webhook.ts';
import { findBrowser } from './browser.ts';
import { freePorts } from './ports.ts';
import { runNode } from './run-node.ts';
import { createStack } from './stack.ts';

/**
 * `npm run bench`: how fast the product is on this machine, each figure beside a limit or a peer
 * measured in the same run. Prints a table; exits non-zero when a limit is missed. A word after it
 * (`live`, `recovery`, `trainings`, `webhook`, `pictures`, `pages`, `lighthouse`, `ledger`) measures that part alone.
 */
const trainings = 20;
const figures: Figure[] = [];

const add = (figure: Figure): void => {
  figures.push(figure);
};

async function main(): Promise<void> {
  const asked = process.argv[2];
  // Needs a database and a worker only, so no application is built for it.
  if (!asked || asked === 'live') await benchLive(add);
  if (asked === 'recovery') await benchRecovery(add);
  else if (asked !== 'live') await benchApplication(asked);
  report();
  if (!asked) await benchApart('recovery');
}

/** A part with an application of its own, in a process whose database client is not taken yet. */
async function benchApart(part: string): Promise<void> {
  const args = [import.meta.filename, part];
  const { code } = await runNode({ args }, { onLine: (line) => console.log(line) });
  if (code !== 0) process.exitCode = 1;
}

async function benchApplication(asked: string | undefined): Promise<void> {
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
    // Read already where another part came first.
    Object.assign(env(), running.env);
    const parts = {
      trainings: benchTrainings,
      webhook: () => benchWebhook({ logs: join(directory, 'logs'), add }),
      pictures: benchThumbnails,
      pages: async () => benchPages(await pageOptions()),
      lighthouse: async () => benchLighthouse(await pageOptions()),
      // Last: a million lines lie about afterwards.
      ledger: () => benchLedger({ ownerUrl: running.env.DATABASE_OWNER_URL, add }),
    };
    if (asked && !(asked in parts)) throw new Error(`There is no part "${asked}".`);
    for (const [name, bench] of Object.entries(parts)) if (!asked || asked === name) await bench();
  } finally {
    await db().$disconnect();
    await stack.stop();
    await rm(directory, { recursive: true, force: true });
  }
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

/** The pages of a creator with 50 pictures, and a picker with 1,000. */
async function pageOptions() {
  console.log('bench: pictures for the pages …');
  const user = await makeUser({ credits: 500_000 });
  const finished = await makeCharacter(user, {
    readyImages: 50,
    liked: 8,
    profileSetComplete: true,
    withObjects: true,
  });
  const begun = await makeCharacter(user, { readyImages: 50, liked: 8, withObjects: true });
  const crowded = await makeCharacter(user, {
    readyImages: 1_000,
    liked: 100,
    profileSetComplete: true,
    withObjects: true,
  });
  return {
    url: env().APP_URL,
    cookie: await signedInCookie(user.id),
    browser: await findBrowser((line) => console.log(line)),
    pages: budgetPages(finished.id, begun.id),
    crowded: paths.settings(crowded.id),
    add,
  };
}

/** The cookie next-auth would have set for this user. */
async function signedInCookie(userId: string): Promise<string> {
  const token = await encode({
    secret: env().AUTH_SECRET,
    token: { sub: userId, sessionId: await openSession(userId) },
  });
  return `next-auth.session-token=${token}`;
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
// The verbs that were called here opened a queue, which would keep this process alive.
process.exit();
