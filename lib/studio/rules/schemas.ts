import { z } from 'zod';
import { imageModelIds } from '../../lora/rules/base-models.ts';
import { maxPromptLength, pictureCounts } from './limits.ts';

/** Every input a creator can send to the studio. Strict: an extra key is refused. */

export const generateImagesSchema = z.strictObject({
  characterId: z.uuid(),
  prompt: z
    .string()
    .trim()
    .min(1)
    .max(maxPromptLength)
    // PostgreSQL stores no NUL.
    .regex(/^[^\0]*$/),
  baseModel: z.enum(imageModelIds),
  count: z.literal(pictureCounts),
  /** Made when the form opens, kept until it succeeds: the same id is the same pictures. */
  requestId: z.uuid(),
});
export type GenerateImages = z.infer<typeof generateImagesSchema>;

const frameNumber = z.coerce.number().int().min(1).max(2_147_483_647);

export const gallerySchema = z.strictObject({
  characterId: z.uuid(),
  /** The page below this frame number. */
  before: frameNumber.optional(),
  /** Everything from this frame number on, for news of what is in the works. */
  since: frameNumber.optional(),
});
export type GalleryQuery = z.infer<typeof gallerySchema>;
