import { type Context, creatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { DomainError } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { log } from '../log.ts';
import { incomingImageKey, incomingPrefix } from '../storage/keys.ts';
import type { StoredObject } from '../storage/storage.ts';
import { store } from '../storage/store.ts';
import { clearAway } from './clear-away.ts';
import { finishUpload } from './finish-upload.ts';
import { hiddenRejections } from './image-view.ts';
import { keptMs } from './kept-uploads.ts';
import { undoKeptMs } from './rules/undo.ts';

const minuteMs = 60_000;
/** Whoever began something gets this long to finish it before the sweep takes it up. */
const patienceMs = 2 * minuteMs;
/** Of each kind and sweep. What is done leaves the queue, so the rest has its turn next time. */
const atOnce = 50;

export interface SweptUploads {
  finished: number;
  /** Files of images that are settled or gone. */
  filesRemoved: number;
  imagesRemoved: number;
  /** Uploads in parts that no image knows any more. */
  uploadsAborted: number;
  setsResumed: number;
}

/**
 * Finishes or removes what nobody finished: files that arrived without a word from the browser,
 * uploads and copies a day after their beginning, parts that no image knows any more, images whose
 * removal was cut short, profile sets whose bell was lost. Safe to repeat and to run twice at once.
 * One that fails is logged and does not hold up the others.
 */
export async function sweepUploads(ctx: Context): Promise<SweptUploads> {
  const swept = {
    finished: 0,
    filesRemoved: 0,
    imagesRemoved: 0,
    uploadsAborted: 0,
    setsResumed: 0,
  };
  const before = (ageMs: number) => new Date(ctx.now.getTime() - ageMs);

  await closeWaysBack(before(undoKeptMs));
  for (const { userId, ...image } of await findAbandoned(before)) {
    // What is nobody's any more is for its deletion to clear.
    if (userId && (await attempt(() => clearAway({ ...image, userId })))) swept.imagesRemoved += 1;
  }
  for (const { key } of await listArrived(before(patienceMs))) {
    await attempt(async () => {
      if (await finishArrived(ctx, key)) swept.finished += 1;
      else swept.filesRemoved += 1;
    });
  }
  // By itself: there are stores that do not tell which uploads are open.
  await attempt(async () => {
    for (const { key, uploadId } of await listForgotten(before(keptMs))) {
      if (await attempt(() => store().abortUpload(key, uploadId))) swept.uploadsAborted += 1;
    }
  });
  for (const characterId of await findSetsToResume(before)) {
    if (await attempt(() => resumeSet(characterId))) swept.setsResumed += 1;
  }
  return swept;
}

async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    log().error({ error }, 'an upload could not be swept');
    return false;
  }
}

/** Deleted images whose time for undo is over: from here on nobody can bring them back. */
async function closeWaysBack(before: Date): Promise<void> {
  await db().characterImage.updateMany({
    where: { rejection: hiddenRejections.removed, removedAt: { lt: before } },
    data: { removedAt: null },
  });
}

function findAbandoned(before: (ageMs: number) => Date) {
  return db().characterImage.findMany({
    where: {
      state: { not: 'ready' },
      userId: { not: null },
      OR: [
        { state: 'uploading', createdAt: { lt: before(keptMs) } },
        { rejection: hiddenRejections.copy, createdAt: { lt: before(keptMs) } },
        { rejection: hiddenRejections.removed, removedAt: null },
      ],
    },
    orderBy: { createdAt: 'asc' },
    take: atOnce,
  });
}

async function listArrived(before: Date): Promise<StoredObject[]> {
  const arrived: StoredObject[] = [];
  for await (const object of store().list(incomingPrefix)) {
    if (object.lastModified < before) arrived.push(object);
    if (arrived.length === atOnce) break;
  }
  return arrived;
}

/** An upload of an image is aborted with it; what is older than any unfinished image is nobody's. */
async function listForgotten(before: Date): Promise<{ key: string; uploadId: string }[]> {
  const forgotten: { key: string; uploadId: string }[] = [];
  for await (const upload of store().listUploads(incomingPrefix)) {
    if (upload.startedAt < before) forgotten.push(upload);
    if (forgotten.length === atOnce) break;
  }
  return forgotten;
}

/** True when the file's image was finished with it; otherwise the file is of no use and removed. */
async function finishArrived(ctx: Context, key: string): Promise<boolean> {
  const id = key.split('/').at(-1) ?? '';
  const image = await db().characterImage.findFirst({ where: { id, state: 'uploading' } });
  if (image?.userId && incomingImageKey(image.userId, image.id) === key) {
    try {
      await finishUpload(creatorContext(image.userId, ctx.now), { imageId: image.id });
      return true;
    } catch (error) {
      // Its file is removed already; the browser may send it anew.
      if (error instanceof DomainError && error.code === 'UPLOAD_DAMAGED') return false;
      throw error;
    }
  }
  await store().remove([key]);
  return false;
}

async function findSetsToResume(before: (ageMs: number) => Date): Promise<string[]> {
  const unmade = await db().characterImage.findMany({
    where: {
      userId: { not: null },
      source: 'generated',
      inProfileSet: true,
      state: 'uploading',
      createdAt: { lt: before(patienceMs), gte: before(keptMs) },
    },
    distinct: ['characterId'],
    select: { characterId: true },
    take: atOnce,
  });
  return unmade.map(({ characterId }) => characterId);
}

async function resumeSet(characterId: string): Promise<void> {
  await openQueue();
  await inTransaction((tx) => enqueue(tx, 'characters.generate-profile-set', { characterId }));
}
