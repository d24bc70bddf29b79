import type { CharacterImage } from '../../prisma/client/client.ts';
import type { CreatorContext } from '../context.ts';
import { db } from '../db.ts';
import { DomainError, demand } from '../errors.ts';
import { maxUploadBytes } from '../media/rules/upload-limits.ts';
import { type PlannedPart, planParts } from '../media/rules/upload-parts.ts';
import { incomingImageKey } from '../storage/keys.ts';
import type { StoredPart } from '../storage/storage.ts';
import { store } from '../storage/store.ts';
import { keptMs } from './kept-uploads.ts';
import type { RequestParts } from './rules/schemas.ts';

const linkSeconds = 600;

export interface RequestedPart extends PlannedPart {
  /** Where to PUT these bytes of the file; null once they have arrived. */
  upload: { url: string; headers: Record<string, string> } | null;
}

export interface RequestedParts {
  parts: RequestedPart[];
  /** Until then the upload can go on where it stopped. */
  keptUntil: string;
}

type Unfinished = Pick<CharacterImage, 'id' | 'uploadId' | 'createdAt'>;

/**
 * The other way to send a file than one PUT: in parts, of which those that arrived are not sent
 * again. Which ones did is the store's word, so asking is also how an upload goes on after a lost
 * connection or on another device. Links live ten minutes. When every part has arrived they are
 * joined, once, and `finishUpload` comes next. Safe to repeat and to ask twice at once.
 * Refuses NOT_FOUND (also for an image that is settled) and FILE_TOO_LARGE.
 */
export async function requestParts(
  ctx: CreatorContext,
  { imageId, bytes }: RequestParts,
): Promise<RequestedParts> {
  demand(bytes <= maxUploadBytes, 'FILE_TOO_LARGE', { bytes, maxBytes: maxUploadBytes });
  const image = await findUnfinished(ctx, imageId);
  const keptUntil = new Date(image.createdAt.getTime() + keptMs).toISOString();
  const key = incomingImageKey(ctx.actor.userId, image.id);
  const plan = planParts(bytes);

  const { uploadId } = image;
  const stored = uploadId ? await store().listParts(key, uploadId) : null;
  if (!uploadId || !stored) {
    if (await hasArrived(key, bytes)) return { parts: plan.map(arrived), keptUntil };
    const begun = await begin(image, key);
    // Another call began one in the meantime: that one counts.
    if (!begun) return requestParts(ctx, { imageId, bytes });
    const parts = await Promise.all(plan.map((part) => signed(key, begun, part)));
    return { parts, keptUntil };
  }

  const here = (part: PlannedPart) =>
    stored.find(({ number, bytes }) => number === part.number && bytes === part.bytes);
  const present = plan.flatMap((part) => here(part) ?? []);
  if (present.length === plan.length) {
    await join(key, uploadId, present, bytes);
    return { parts: plan.map(arrived), keptUntil };
  }
  const parts = await Promise.all(
    plan.map((part) => (here(part) ? arrived(part) : signed(key, uploadId, part))),
  );
  return { parts, keptUntil };
}

async function findUnfinished(ctx: CreatorContext, id: string): Promise<Unfinished> {
  const image = await db().characterImage.findFirst({
    where: { id, userId: ctx.actor.userId, state: 'uploading', source: 'upload' },
    select: { id: true, uploadId: true, createdAt: true },
  });
  demand(image, 'NOT_FOUND');
  return image;
}

async function hasArrived(key: string, bytes: number): Promise<boolean> {
  return (await store().head(key))?.bytes === bytes;
}

/** Opens an upload at the store and names it in the row; null when the row names another by now. */
async function begin(image: Unfinished, key: string): Promise<string | null> {
  const uploadId = await store().createUpload(key, 'application/octet-stream');
  const { count } = await db().characterImage.updateMany({
    where: { id: image.id, state: 'uploading', uploadId: image.uploadId },
    data: { uploadId },
  });
  if (count === 1) return uploadId;
  await store().abortUpload(key, uploadId);
  return null;
}

async function join(
  key: string,
  uploadId: string,
  parts: StoredPart[],
  bytes: number,
): Promise<void> {
  try {
    await store().completeUpload(key, uploadId, parts);
  } catch (error) {
    if (!(error instanceof DomainError && error.code === 'NOT_FOUND')) throw error;
    // Another call joined them first.
    demand(await hasArrived(key, bytes), 'UPLOAD_MISSING');
  }
}

function arrived(part: PlannedPart): RequestedPart {
  return { ...part, upload: null };
}

async function signed(key: string, uploadId: string, part: PlannedPart): Promise<RequestedPart> {
  return { ...part, upload: await store().presignPart(key, uploadId, part, linkSeconds) };
}
