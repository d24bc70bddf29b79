import { z } from 'zod';
import { baseModelIds } from './base-models.ts';

/** Every input a creator can send about a character or a training. Strict: an extra key is refused. */

export const consentKinds = ['self', 'permitted', 'synthetic'] as const;
export type ConsentKind = (typeof consentKinds)[number];
/** Raised when the sentences a creator agrees to change. */
export const consentWordingVersion = 1;

/** Text a person typed. PostgreSQL stores no NUL, so it is refused here with words. */
const typed = z
  .string()
  .trim()
  .regex(/^[^\0]*$/);
const name = typed.min(1).max(60);
const look = typed.max(1_000);

export const createCharacterSchema = z.strictObject({ name, look: look.default('') });
export type CreateCharacter = z.infer<typeof createCharacterSchema>;

export const characterIdSchema = z.strictObject({ characterId: z.uuid() });
export const imageIdSchema = z.strictObject({ imageId: z.uuid() });

export const startTrainingSchema = z.strictObject({
  characterId: z.uuid(),
  baseModel: z.enum(baseModelIds),
  imageIds: z.array(z.uuid()).max(1_000),
  /** The price the creator saw; another one is refused with PRICE_CHANGED. */
  expectedCredits: z.int().min(0),
  /** Made when the form opens, kept until it succeeds: the same id is the same training. */
  requestId: z.uuid(),
  consent: z.enum(consentKinds).nullable().default(null),
});
export type StartTraining = z.infer<typeof startTrainingSchema>;

export const saveDraftSchema = z.strictObject({
  characterId: z.uuid(),
  baseModel: z.enum(baseModelIds).optional(),
  imageIds: z.array(z.uuid()).max(1_000).optional(),
});
export type SaveDraft = z.infer<typeof saveDraftSchema>;

export const savePreferencesSchema = z.strictObject({
  characterId: z.uuid(),
  loraTrainingEnabled: z.boolean().optional(),
  loraTrainingAutoStart: z.boolean().optional(),
});
export type SavePreferences = z.infer<typeof savePreferencesSchema>;

export const trainingIdSchema = z.strictObject({ loraModelId: z.uuid() });

export const completeProfileSetSchema = z.strictObject({
  characterId: z.uuid(),
  /** D11: what the finishing button said it would reserve; null when it said it would not train. */
  agreedCredits: z.int().min(0).nullable(),
  consent: z.enum(consentKinds).nullable().default(null),
});
export type CompleteProfileSet = z.infer<typeof completeProfileSetSchema>;
