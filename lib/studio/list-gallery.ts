import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { type GalleryItem, galleryFields, galleryItem, shownInGallery } from './gallery-item.ts';
import type { GalleryQuery } from './rules/schemas.ts';

const pageSize = 60;
/** Of news; whoever was away for more reads the page anew. */
const newsSize = 200;

export interface GalleryPage {
  /** Newest first. */
  items: GalleryItem[];
  /** The next page is asked for with this as `before`; null at the end. */
  nextBefore: number | null;
}

export interface Gallery extends GalleryPage {
  /** Ready images of the character. */
  imageCount: number;
  likedCount: number;
}

/**
 * A page of the studio's pictures of the user's character, newest first; or, with `since`, all from
 * that frame number on. NOT_FOUND for anybody else's.
 */
export async function listGallery(
  userId: string,
  { characterId, before, since }: GalleryQuery,
): Promise<GalleryPage> {
  const size = since === undefined ? pageSize : newsSize;
  const rows = await db().characterImage.findMany({
    where: { characterId, userId, number: { lt: before, gte: since }, ...shownInGallery },
    orderBy: { number: 'desc' },
    take: size + 1,
    select: galleryFields,
  });
  if (rows.length === 0) {
    const own = { id: characterId, userId };
    demand(await db().character.findFirst({ where: own, select: { id: true } }), 'NOT_FOUND');
  }
  const items = rows.slice(0, size).map(galleryItem);
  return { items, nextBefore: rows.length > size ? (items.at(-1)?.number ?? null) : null };
}

/** The first page, with how many there are in all. NOT_FOUND for anybody else's. */
export async function openGallery(userId: string, characterId: string): Promise<Gallery> {
  const [page, { _count }] = await Promise.all([
    listGallery(userId, { characterId }),
    db().characterImage.aggregate({
      where: { characterId, userId, state: 'ready' },
      _count: { _all: true, likedAt: true },
    }),
  ]);
  return { ...page, imageCount: _count._all, likedCount: _count.likedAt };
}
