import type { TrainingStatus } from '../../prisma/client/client.ts';
import { db } from '../db.ts';

export interface CharacterSummary {
  id: string;
  name: string;
  /** Up to four ready images, liked ones first. */
  coverImageIds: string[];
  /** Ready images. */
  imageCount: number;
  likedCount: number;
  /** Liked images that the newest model has yet to learn (AC-5). */
  newLikedImageCount: number;
  profileSetComplete: boolean;
  /** The newest training; null before the first. */
  training: {
    status: TrainingStatus;
    step: number;
    totalSteps: number;
    sandbox: boolean;
  } | null;
  createdAt: string;
}

interface Row {
  id: string;
  name: string;
  created_at: Date;
  profile_set_complete: boolean;
  cover_image_ids: string[];
  image_count: number;
  liked_count: number;
  new_liked_image_count: number;
  training_status: TrainingStatus | null;
  training_step: number | null;
  training_total_steps: number | null;
  training_provider: string | null;
}

/** The user's influencers, newest first, in one query however many there are. */
export async function listCharacters(userId: string): Promise<CharacterSummary[]> {
  const rows = await db().$queryRaw<Row[]>`
    SELECT c.id, c.name, c.created_at,
           c.profile_set_completed_at IS NOT NULL AS profile_set_complete,
           pictures.cover_image_ids, pictures.image_count, pictures.liked_count,
           news.new_liked_image_count,
           training.status AS training_status, training.step AS training_step,
           training.training_steps AS training_total_steps,
           training.external_provider AS training_provider
      FROM characters c
      CROSS JOIN LATERAL (
        SELECT coalesce((array_agg(id ORDER BY liked_at IS NULL, number))[1:4], '{}')
                 AS cover_image_ids,
               count(*)::int AS image_count,
               count(liked_at)::int AS liked_count
          FROM character_images
         WHERE character_id = c.id AND state = 'ready'
      ) pictures
      LEFT JOIN LATERAL (
        SELECT status, step, training_steps, external_provider
          FROM lora_models
         WHERE character_id = c.id
         ORDER BY created_at DESC, id DESC
         LIMIT 1
      ) training ON true
      LEFT JOIN LATERAL (
        SELECT created_at, image_manifest, expired_at
          FROM lora_models
         WHERE character_id = c.id AND status = 'ready'
         ORDER BY created_at DESC
         LIMIT 1
      ) model ON true
      -- The rule newLikes of lib/lora in SQL; a test holds the two together.
      CROSS JOIN LATERAL (
        SELECT count(*)::int AS new_liked_image_count
          FROM character_images image
         WHERE image.character_id = c.id AND image.state = 'ready'
           AND model.expired_at IS NULL
           AND image.liked_at > model.created_at
           AND (c.new_likes_dismissed_at IS NULL OR image.liked_at > c.new_likes_dismissed_at)
           AND NOT model.image_manifest @> jsonb_build_array(jsonb_build_object('imageId', image.id))
      ) news
     WHERE c.user_id = ${userId}::uuid
     ORDER BY c.created_at DESC, c.id DESC`;
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    coverImageIds: row.cover_image_ids,
    imageCount: row.image_count,
    likedCount: row.liked_count,
    newLikedImageCount: row.new_liked_image_count,
    profileSetComplete: row.profile_set_complete,
    training:
      row.training_status === null
        ? null
        : {
            status: row.training_status,
            step: row.training_step ?? 0,
            totalSteps: row.training_total_steps ?? 0,
            sandbox: row.training_provider === 'sandbox',
          },
    createdAt: row.created_at.toISOString(),
  }));
}
