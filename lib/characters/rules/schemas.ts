import { z } from 'zod';
import { createCharacterSchema } from '../../lora/rules/schemas.ts';

/** Every input a creator can send about a character's pictures. Strict: an extra key is refused. */

export const requestUploadSchema = z.strictObject({
  characterId: z.uuid(),
  /** The id of an earlier answer, when its link ran out: the same image gets a new link. */
  imageId: z.uuid().optional(),
  /** As the creator's device calls it; shown, never used in a key. */
  fileName: z
    .string()
    .max(1_000)
    .transform((name) => name.replace(/[\p{Cc}\p{Cf}]/gu, '').trim() || 'Untitled')
    .transform(shorten),
  bytes: z.int().min(1),
  contentType: z.string().max(200),
  /** Of the file's bytes, hex, where the client can tell: a picture that is here is not sent. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional(),
});
export type RequestUpload = z.infer<typeof requestUploadSchema>;

export const requestPartsSchema = z.strictObject({
  imageId: z.uuid(),
  /** The whole file's size; the same each time it is asked about. */
  bytes: z.int().min(1),
});
export type RequestParts = z.infer<typeof requestPartsSchema>;

export const likeImageSchema = z.strictObject({ imageId: z.uuid(), liked: z.boolean() });
export type LikeImage = z.infer<typeof likeImageSchema>;

export const saveCaptionSchema = z.strictObject({
  imageId: z.uuid(),
  /** Empty: back to the caption made from the prompt or the trigger word. */
  caption: z
    .string()
    .trim()
    .max(2_000)
    .regex(/^[^\0]*$/),
});
export type SaveCaption = z.infer<typeof saveCaptionSchema>;

export const saveCharacterSchema = z.strictObject({
  characterId: z.uuid(),
  name: createCharacterSchema.shape.name,
  look: createCharacterSchema.shape.look.unwrap(),
});
export type SaveCharacter = z.infer<typeof saveCharacterSchema>;

/** At most 255 characters, its ending kept. */
function shorten(name: string): string {
  if (name.length <= 255) return name;
  const ending = /\.[^.]{1,10}$/.exec(name)?.[0] ?? '';
  return `${name.slice(0, 254 - ending.length)}…${ending}`;
}
