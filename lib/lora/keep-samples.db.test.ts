import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { env } from '../env.ts';
import type { ReportedSample } from '../gpu/protocol.ts';
import { attemptSecret, signEvent } from '../gpu/signature.ts';
import { sampleDisplayKey, sampleThumbnailKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { makePhoto } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import {
  atStep,
  attemptOf,
  finishJob,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { cancelTraining } from './cancel-training.ts';
import { getTrainingRecord } from './get-training-record.ts';
import { grantUpload } from './grant-upload.ts';
import { linkSample } from './link-sample.ts';
import { observeAttempt } from './observe-attempt.ts';
import { releaseAttempt } from './release-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';

const outside = withOutside();

async function submitted() {
  const stage = await makeStage();
  const { loraModelId } = await stage.start();
  const { id: attemptId } = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId });
  const job = [...outside.gpu.jobs.values()].at(-1);
  if (!job) throw new Error('nothing was submitted');
  const tell = (step: number, samples: ReportedSample[]) =>
    outside.gpu.set(job.name, { ...atStep(step), samples });
  return { stage, loraModelId, attemptId, job, tell };
}
type Run = Awaited<ReturnType<typeof submitted>>;

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** What a worker does: asks the door for a place, uploads there, and says so. */
async function handOver(
  { loraModelId, attemptId }: Run,
  sample: { step: number; index?: number; bytes: Buffer; contentType?: 'image/png' | 'image/jpeg' },
): Promise<ReportedSample> {
  const { step, index = 0, bytes, contentType = 'image/png' } = sample;
  const body = { contentType, bytes: bytes.length, sha256: hashOf(bytes) };
  const rawBody = JSON.stringify({
    protocolVersion: 1,
    trainingId: loraModelId,
    attemptId,
    sample: { step, index },
    ...body,
  });
  const secret = attemptSecret(env().AUTH_SECRET, attemptId);
  const headers = signEvent(secret, `upl-${step}-${index}`, new Date(), rawBody);
  const granted = await grantUpload(worker(), {
    attemptId,
    headers,
    rawBody,
  });
  if (granted.kind !== 'granted') throw new Error(granted.kind);
  const { url, headers: promised, key } = granted.grant;
  const stored = await fetch(url, {
    method: 'PUT',
    headers: promised,
    body: new Uint8Array(bytes),
  });
  if (!stored.ok) throw new Error(`The store answered ${stored.status}`);
  return { step, index, key, ...body, prompt: 'ohwx_mara, smiling' };
}

const png = (seed: string) => makePhoto(seed, { width: 320, height: 400, format: 'png' });

const samplesOf = (loraModelId: string) =>
  db().trainingSample.findMany({ where: { loraModelId }, orderBy: { step: 'asc' } });

describe('samples of a running training', () => {
  it('are decoded, written anew under our own key, and only then shown', async () => {
    const run = await submitted();
    const told = await handOver(run, { step: 300, bytes: await png('first') });
    run.tell(300, [told]);
    await observeAttempt(worker(2), { attemptId: run.attemptId });

    const [kept, ...others] = await samplesOf(run.loraModelId);
    expect(others).toEqual([]);
    expect(kept).toMatchObject({
      step: 300,
      prompt: 'ohwx_mara, smiling',
      createdAt: worker(2).now,
    });
    expect(kept?.key).toBe(sampleDisplayKey(run.attemptId, 300, 0));
    expect(await store().head(told.key)).toBeNull();
    for (const [key, width] of [
      [sampleDisplayKey(run.attemptId, 300, 0), 320],
      [sampleThumbnailKey(run.attemptId, 300, 0), 320],
    ] as const) {
      const picture = sharp(await buffer(await store().read(key)));
      expect(await picture.metadata()).toMatchObject({ format: 'webp', width });
    }
  });

  it('are taken in once, however often and by however many they are looked at', async () => {
    const run = await submitted();
    run.tell(300, [await handOver(run, { step: 300, bytes: await png('once') })]);
    await Promise.all(Array.from({ length: 5 }, (_, at) => observeAttempt(worker(2 + at), run)));
    await observeAttempt(worker(60), run);
    expect(await samplesOf(run.loraModelId)).toHaveLength(1);
  });

  it('a few at a look; those left at the end come with it', async () => {
    const run = await submitted();
    const told: ReportedSample[] = [];
    for (const step of [200, 400, 600, 800, 1000, 1200]) {
      told.push(await handOver(run, { step, bytes: await png(`many ${step}`) }));
    }
    run.tell(1200, told);
    await observeAttempt(worker(2), run);
    expect((await samplesOf(run.loraModelId)).map(({ step }) => step)).toEqual([
      200, 400, 600, 800,
    ]);
    await finishJob(outside.gpu, run.job);
    await observeAttempt(worker(4), run);
    expect((await trainingOf(run.loraModelId)).status).toBe('ready');
    expect(await samplesOf(run.loraModelId)).toHaveLength(6);
  });

  it('are 40 at most', async () => {
    const run = await submitted();
    const { loraModelId, attemptId } = run;
    const told = await handOver(run, { step: 1_000, bytes: await png('one too many') });
    await db().trainingSample.createMany({
      data: Array.from({ length: 40 }, (_, step) => ({
        loraModelId,
        attemptId,
        step,
        key: sampleDisplayKey(attemptId, step, 0),
        prompt: '',
      })),
    });
    run.tell(1_000, [told]);
    await observeAttempt(worker(2), run);
    expect(await samplesOf(loraModelId)).toHaveLength(40);
  });

  it('stay when the training fails, and what nobody took in goes with the release', async () => {
    const run = await submitted();
    const kept = await handOver(run, { step: 300, bytes: await png('kept') });
    run.tell(300, [kept]);
    await observeAttempt(worker(2), run);
    const untold = await handOver(run, { step: 600, bytes: await png('untold') });
    outside.gpu.set(run.job.name, {
      state: 'failed',
      error: { code: 'OOM', retryable: false, message: 'x' },
    });
    await observeAttempt(worker(4), run);
    await releaseAttempt(worker(5), run);
    expect((await trainingOf(run.loraModelId)).status).toBe('failed');
    expect(await samplesOf(run.loraModelId)).toHaveLength(1);
    expect(await store().head(untold.key)).toBeNull();
    expect(await store().head(sampleDisplayKey(run.attemptId, 300, 0))).not.toBeNull();
    expect((await attemptOf(run.loraModelId)).releasedAt).not.toBeNull();
  });

  it('are left alone once the creator has cancelled', async () => {
    const run = await submitted();
    run.tell(300, [await handOver(run, { step: 300, bytes: await png('late') })]);
    await cancelTraining(run.stage.ctx(1), run);
    await observeAttempt(worker(2), run);
    expect(await samplesOf(run.loraModelId)).toEqual([]);
  });
});

describe('a worker that uploads rubbish as a sample', () => {
  it.each<[string, (run: Run) => Promise<ReportedSample>]>([
    [
      'a page of text',
      (run) => handOver(run, { step: 300, bytes: Buffer.from('<html>502</html>') }),
    ],
    [
      'an SVG with a script in it',
      (run) =>
        handOver(run, {
          step: 300,
          bytes: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
        }),
    ],
    [
      'half a picture',
      async (run) => handOver(run, { step: 300, bytes: (await png('half')).subarray(0, 9_000) }),
    ],
    [
      'another type than told',
      async (run) =>
        handOver(run, { step: 300, bytes: await png('typed'), contentType: 'image/jpeg' }),
    ],
    [
      'another hash than told',
      async (run) => {
        const told = await handOver(run, { step: 300, bytes: await png('hashed') });
        return { ...told, sha256: 'a'.repeat(64) };
      },
    ],
    [
      'another length than told',
      async (run) => {
        const told = await handOver(run, { step: 300, bytes: await png('long') });
        return { ...told, bytes: told.bytes - 1 };
      },
    ],
  ])('%s is removed, never shown, and fails nothing', async (_name, make) => {
    const run = await submitted();
    const told = await make(run);
    run.tell(300, [told]);
    await observeAttempt(worker(2), run);
    expect(await samplesOf(run.loraModelId)).toEqual([]);
    expect(await store().head(told.key)).toBeNull();
    expect(await store().head(sampleDisplayKey(run.attemptId, 300, 0))).toBeNull();
    expect(await trainingOf(run.loraModelId)).toMatchObject({ status: 'training', step: 300 });

    const sound = await handOver(run, { step: 600, bytes: await png('sound') });
    run.tell(600, [told, sound]);
    await observeAttempt(worker(4), run);
    expect(await samplesOf(run.loraModelId)).toMatchObject([{ step: 600 }]);
  });

  it('cannot name a place that is not its own', async () => {
    const run = await submitted();
    const other = await submitted();
    const foreign = await handOver(other, { step: 300, bytes: await png('foreign') });
    run.tell(300, [foreign]);
    await observeAttempt(worker(2), run);
    expect(await samplesOf(run.loraModelId)).toEqual([]);
    expect(await store().head(foreign.key)).not.toBeNull();
  });
});

describe('linkSample', () => {
  it('opens the picture for its owner in both sizes, and for nobody else', async () => {
    const run = await submitted();
    run.tell(300, [await handOver(run, { step: 300, bytes: await png('mine') })]);
    await observeAttempt(worker(2), run);
    const { loraModelId, stage } = run;
    const characterId = stage.character.id;
    const [sample] = (await getTrainingRecord(stage.user.id, { characterId, loraModelId })).samples;
    if (!sample) throw new Error('no sample');
    const input = { characterId, loraModelId, sampleId: sample.id };
    for (const size of ['thumb', 'full'] as const) {
      const picture = await fetch(await linkSample(stage.user.id, input, size));
      expect(picture.headers.get('content-type')).toBe('image/webp');
      expect((await sharp(await picture.arrayBuffer()).metadata()).format).toBe('webp');
    }
    const stranger = await submitted();
    for (const [userId, change] of [
      [stranger.stage.user.id, {}],
      [stage.user.id, { loraModelId: stranger.loraModelId }],
      [stage.user.id, { characterId: stranger.stage.character.id }],
    ] as const) {
      await expect(linkSample(userId, { ...input, ...change }, 'full')).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
  });
});
