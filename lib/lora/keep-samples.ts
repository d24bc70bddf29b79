import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { sampleLimits } from '../gpu/protocol.ts';
import type { SampleSource } from '../gpu/provider.ts';
import { log } from '../log.ts';
import { ingestImage } from '../media/ingest-image.ts';
import { sniffFormat } from '../media/rules/sniff-format.ts';
import {
  isIncomingSampleKey,
  sampleDisplayKey,
  sampleKey,
  samplesPrefix,
  sampleThumbnailKey,
} from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { type Claim, withRenewedLease } from './claim-attempt.ts';

/** At one look, so that a look stays short; the others have their turn at the next. */
const atOnce = 4;

/** A sample is not what its worker says. The message is for the log. */
class SampleError extends Error {
  override readonly name = 'SampleError';
}

/**
 * Takes the samples a provider tells of into the house: what lies in the store is checked against
 * what was told, decoded and written anew under a key that no worker can write to; only then is it
 * the training's. What is no picture is removed. A sample never fails a training: trouble is logged
 * and the next look tries again. At most 40 a training.
 */
export async function keepSamples(
  ctx: Context,
  claim: Claim,
  told: readonly SampleSource[],
  most = atOnce,
): Promise<void> {
  if (told.length === 0) return;
  try {
    await withRenewedLease(claim, () => keepNew(ctx, claim, told, most));
  } catch (error) {
    log().warn({ attemptId: claim.attempt.id, error }, 'samples could not be kept yet');
  }
}

async function keepNew(
  ctx: Context,
  { attempt, training }: Claim,
  told: readonly SampleSource[],
  most: number,
): Promise<void> {
  const known = await db().trainingSample.findMany({
    where: { loraModelId: training.id },
    select: { key: true },
  });
  const kept = new Set(known.map(({ key }) => key));
  let room = Math.min(most, sampleLimits.pictures - known.length);
  for (const sample of told) {
    const { step, index, prompt } = sample;
    const key = sampleDisplayKey(attempt.id, step, index);
    if (room <= 0) return;
    if (kept.has(key) || !(await bringIn(attempt.id, sample))) continue;
    await db().trainingSample.createMany({
      data: [
        {
          loraModelId: training.id,
          attemptId: attempt.id,
          step,
          key,
          // PostgreSQL stores no NUL.
          prompt: prompt.replaceAll('\0', ''),
          createdAt: ctx.now,
        },
      ],
      skipDuplicates: true,
    });
    await store().remove([sampleKey(attempt.id, step, index)]);
    kept.add(key);
    room -= 1;
  }
}

/** True when the sample lies, clean, in its own place; false when there is nothing to be had. */
async function bringIn(attemptId: string, told: SampleSource): Promise<boolean> {
  const { step, index } = told;
  const key = sampleKey(attemptId, step, index);
  try {
    // The key comes from outside: it must be the one place this attempt may write this sample to.
    if (told.key !== key) throw new SampleError('not this attempt’s place in the store');
    const object = await store().head(key);
    if (!object) return false;
    if (object.bytes !== told.bytes) throw new SampleError(`${object.bytes} bytes stored`);
    const picture = await ingestImage(await readAsTold(key, told));
    await store().write(sampleDisplayKey(attemptId, step, index), picture.full, 'image/webp');
    await store().write(
      sampleThumbnailKey(attemptId, step, index),
      picture.thumbnail,
      'image/webp',
    );
    return true;
  } catch (error) {
    const isOurs = error instanceof DomainError && error.code === 'STORAGE_UNAVAILABLE';
    if (isOurs || !(error instanceof SampleError || error instanceof DomainError)) throw error;
    log().warn({ attemptId, step, index, error }, 'a sample was refused');
    await store().remove([key]);
    return false;
  }
}

/** The stored bytes, when they are the ones that were told of. */
async function readAsTold(key: string, told: SampleSource): Promise<Buffer> {
  const bytes = await buffer(await store().read(key, { start: 0, end: told.bytes - 1 }));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== told.sha256) throw new SampleError('another SHA-256');
  const { format } = sniffFormat(bytes);
  if (`image/${format}` !== told.contentType) throw new SampleError(`it is ${format}`);
  return bytes;
}

/** Removes what a worker uploaded as samples and nobody took in. For an attempt that has ended. */
export async function removeStraySamples(attemptId: string): Promise<void> {
  const strays: string[] = [];
  for await (const { key } of store().list(samplesPrefix(attemptId))) {
    if (isIncomingSampleKey(key)) strays.push(key);
  }
  await store().remove(strays);
}
