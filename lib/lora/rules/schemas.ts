import { z } from 'zod';
import { baseModelIds } from './base-models.ts';
import {
  countCharacters,
  hasSomethingToSee,
  isOneLine,
  maxLookCharacters,
  maxNameCharacters,
} from './name-and-look.ts';

/** Every input a creator can send about a character or a training. Strict: an extra key is refused. */

export const consentKinds = ['self', 'permitted', 'synthetic'] as const;
export type ConsentKind = (typeof consentKinds)[number];
/** Raised when the sentences a creator agrees to change. */
export const consentWordingVersion = 1;

/** Text a person typed. PostgreSQL stores no NUL, so it is refused here with words. */
const typed = (maxCharacters: number) =>
  z
    .string()
    .trim()
    .regex(/^[^\0]*$/)
    .refine((text) => countCharacters(text) <= maxCharacters)
    .meta({ maxLength: maxCharacters });

const name = typed(maxNameCharacters).refine(hasSomethingToSee).refine(isOneLine);
const look = typed(maxLookCharacters);

export const createCharacterSchema = z.strictObject({ name, look: look.default('') });
export type CreateCharacter = z.infer<typeof createCharacterSchema>;

/** The form's: the same `requestId` is the same influencer, so that a lost answer makes no second. */
export const newCharacterSchema = createCharacterSchema.extend({ requestId: z.uuid() });

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
  /** What a creator wants to be told of one character (D12, Q4). */
  notifyProgress: z.boolean().optional(),
  notifyRetrain: z.boolean().optional(),
  notifyEmail: z.boolean().optional(),
});
export type SavePreferences = z.infer<typeof savePreferencesSchema>;

export const trainingIdSchema = z.strictObject({ loraModelId: z.uuid() });

/** "Does it look more like them now?", as the database knows the answers. */
export const feedbackAnswers = ['better', 'same', 'worse'] as const;
export type FeedbackAnswer = (typeof feedbackAnswers)[number];
export const giveFeedbackSchema = z.strictObject({
  loraModelId: z.uuid(),
  answer: z.enum(feedbackAnswers),
});
export type GiveFeedback = z.infer<typeof giveFeedbackSchema>;

export const completeProfileSetSchema = z.strictObject({
  characterId: z.uuid(),
  /** D11: what the finishing button said it would reserve; null when it said it would not train. */
  agreedCredits: z.int().min(0).nullable(),
  consent: z.enum(consentKinds).nullable().default(null),
});
export type CompleteProfileSet = z.infer<typeof completeProfileSetSchema>;

/** Why an operator pauses trainings; the table holds no longer one. */
export const pauseTrainingsSchema = z.strictObject({
  reason: z
    .string()
    .trim()
    .regex(/^[^\0]*$/)
    .max(500)
    .refine(hasSomethingToSee),
});
