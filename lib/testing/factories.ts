import { createHash, randomBytes, randomUUID } from 'node:crypto';
import sharp from 'sharp';
import type { Character, CharacterImage, LoraModel, User } from '../../prisma/client/client.ts';
import { grant, openAccount } from '../credits/ledger.ts';
import { db, inTransaction } from '../db.ts';
import { makeTriggerWord } from '../lora/rules/training-plan.ts';
import { ingestImage } from '../media/ingest-image.ts';
import { imageDisplayKey, imageThumbnailKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { addPastFile, pastFileKey } from './past-file.ts';

/** A creator with an open account, and `credits` granted to it. */
export async function makeUser({ credits = 0 } = {}): Promise<User> {
  const email = `${randomUUID()}@example.test`;
  return inTransaction(async (tx) => {
    const user = await tx.user.create({ data: { email, name: 'Test creator' } });
    await openAccount(tx, user.id);
    if (credits > 0) {
      const idempotencyKey = `test-grant:${user.id}`;
      await grant(tx, user.id, credits, { idempotencyKey, memo: 'Test credits' });
    }
    return user;
  });
}

interface CharacterOptions {
  name?: string;
  look?: string;
  /** Ready images of the profile set, numbered from 1. */
  readyImages?: number;
  /** How many of those, from the first, are liked. */
  liked?: number;
  profileSetComplete?: boolean;
  /** Really stores pictures for the images; without it the rows name objects that are not there. */
  withObjects?: boolean;
}

/** A character of `user` with its images, written straight into the tables. */
export async function makeCharacter(
  user: { id: string },
  options: CharacterOptions = {},
): Promise<Character & { userId: string; images: CharacterImage[] }> {
  const { name = 'Mara', look = 'Freckles, copper hair', readyImages = 0, liked = 0 } = options;
  const id = randomUUID();
  const images = [];
  for (let number = 1; number <= readyImages; number += 1) {
    const imageId = randomUUID();
    images.push({
      id: imageId,
      userId: user.id,
      number,
      source: 'upload' as const,
      state: 'ready' as const,
      fileName: `IMG_${1000 + number}.jpg`,
      likedAt: number <= liked ? new Date() : null,
      ...(options.withObjects ? await storePhoto(id, imageId, number) : madeUpPicture()),
    });
  }
  const character = await db().character.create({
    data: {
      id,
      userId: user.id,
      name,
      look,
      triggerWord: makeTriggerWord(name, randomBytes(6).toString('hex')),
      profileSetCompletedAt: options.profileSetComplete ? new Date() : null,
      lastImageNumber: readyImages,
      images: { create: images },
    },
    include: { images: { orderBy: { number: 'asc' } } },
  });
  return { ...character, userId: user.id };
}

function madeUpPicture() {
  return { sha256: randomBytes(32).toString('hex'), bytes: 90_000, width: 1_024, height: 1_280 };
}

/** The picture of a number is the same for every character, and made once. */
const pictures = new Map<number, ReturnType<typeof ingestImage>>();

function pictureOf(number: number): ReturnType<typeof ingestImage> {
  const known = pictures.get(number);
  if (known) return known;
  const made = makePhoto(number, { width: 240, height: 300 }).then(ingestImage);
  pictures.set(number, made);
  return made;
}

async function storePhoto(characterId: string, imageId: string, number: number) {
  const picture = await pictureOf(number);
  await store().write(imageDisplayKey(characterId, imageId), picture.full, 'image/webp');
  await store().write(imageThumbnailKey(characterId, imageId), picture.thumbnail, 'image/webp');
  const { sha256, width, height } = picture;
  return { sha256, width, height, bytes: picture.full.length };
}

/**
 * A picture that compresses like a photograph: soft fields of colour with grain on them. The same
 * seed is the same picture, another seed quite another one.
 */
export async function makePhoto(
  seed: number | string,
  options: { width?: number; height?: number; format?: 'jpeg' | 'png' | 'webp' } = {},
): Promise<Buffer> {
  const { width = 800, height = 1_000, format = 'jpeg' } = options;
  const random = randomFrom(seed);
  const field = Buffer.from(Array.from({ length: 4 * 5 * 3 }, () => random() * 256));
  const pixels = await sharp(field, { raw: { width: 4, height: 5, channels: 3 } })
    .resize({ width, height, fit: 'fill', kernel: 'cubic' })
    .raw()
    .toBuffer();
  for (let at = 0; at < pixels.length; at += 3) {
    const grain = (random() - 0.5) * 24;
    for (let channel = at; channel < at + 3; channel += 1) {
      pixels[channel] = Math.min(255, Math.max(0, (pixels[channel] ?? 0) + grain));
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .toFormat(format)
    .toBuffer();
}

/** Mulberry32: numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number | string): () => number {
  let state = createHash('sha256').update(String(seed)).digest().readUInt32BE(0);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A free training that has ended, written straight into the tables. */
export async function makePastTraining(
  who: { userId: string; characterId: string },
  change: {
    status?: 'ready' | 'failed' | 'cancelled';
    endedAt?: Date;
    minutes?: number;
    estimateMinutes?: number | null;
    provider?: string;
    estimatedMicroUsd?: number | null;
    actualMicroUsd?: number;
    reason?: string;
    /** A trial of the operator's: nobody's. */
    isTrial?: boolean;
  } = {},
): Promise<LoraModel> {
  const { status = 'ready', endedAt = new Date(), minutes = 40, estimateMinutes = 60 } = change;
  const id = randomUUID();
  return inTransaction(async (tx) => {
    const training = await tx.loraModel.create({
      data: {
        ...who,
        ...(change.isTrial && { userId: null }),
        id,
        status,
        baseModel: 'z-image-turbo',
        triggerWord: `ohwx_${randomBytes(4).toString('hex')}`,
        config: {},
        imageManifest: [],
        imageManifestSha256: '',
        imageCount: 5,
        requestId: randomUUID(),
        requestHash: '',
        startedBy: change.isTrial ? 'trial' : 'creator',
        costCredits: 0,
        priceVersion: 1,
        externalProvider: change.provider ?? 'worker-host',
        trainingSteps: 1_500,
        deadlineAt: endedAt,
        trainingStartedAt: new Date(endedAt.getTime() - minutes * 60_000),
        trainingCompletedAt: endedAt,
        trainingDurationMs: minutes * 60_000,
        estimateFromSeconds: estimateMinutes === null ? null : 0,
        estimateToSeconds: estimateMinutes === null ? null : estimateMinutes * 60,
        estimatedGpuMicroUsd: change.estimatedMicroUsd ?? null,
        gpuCostMicroUsd: change.actualMicroUsd ?? 0,
        modelPath: status === 'ready' ? pastFileKey(id) : null,
        failureReason: status === 'failed' ? (change.reason ?? 'GPU_LOST') : null,
      },
    });
    if (status === 'ready') await addPastFile(tx, id, endedAt);
    return training;
  });
}
