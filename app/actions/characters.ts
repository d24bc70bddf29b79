'use server';

import { redirect } from 'next/navigation';
import { creatorAction } from '@/app/_server/creator-action';
import type { NewCharacterState } from '@/components/characters/new-character-form';
import { completeProfileSet } from '@/lib/characters/complete-profile-set.ts';
import { createCharacter } from '@/lib/characters/create-character.ts';
import { likeImage } from '@/lib/characters/like-image.ts';
import { removeImage } from '@/lib/characters/remove-image.ts';
import { requestProfileSet } from '@/lib/characters/request-profile-set.ts';
import { likeImageSchema, saveCaptionSchema } from '@/lib/characters/rules/schemas.ts';
import { saveCaption } from '@/lib/characters/save-caption.ts';
import {
  characterIdSchema,
  completeProfileSetSchema,
  createCharacterSchema,
  imageIdSchema,
} from '@/lib/lora/rules/schemas.ts';
import { paths } from '@/lib/paths.ts';

/** Makes the influencer and goes on to its wizard; what was typed comes back with the reason. */
export async function createCharacterAction(
  _before: NewCharacterState,
  form: FormData,
): Promise<NewCharacterState> {
  const typed = { name: String(form.get('name') ?? ''), look: String(form.get('look') ?? '') };
  const made = await creatorAction(createCharacterSchema, createCharacter, typed);
  if (!made.ok) return { ...typed, refusal: made.refusal };
  redirect(paths.wizard(made.value.characterId));
}

export async function requestProfileSetAction(input: unknown) {
  return creatorAction(characterIdSchema, requestProfileSet, input);
}

export async function completeProfileSetAction(input: unknown) {
  return creatorAction(completeProfileSetSchema, completeProfileSet, input);
}

export async function likeImageAction(input: unknown) {
  return creatorAction(likeImageSchema, likeImage, input);
}

export async function removeImageAction(input: unknown) {
  return creatorAction(imageIdSchema, removeImage, input);
}

export async function saveCaptionAction(input: unknown) {
  return creatorAction(saveCaptionSchema, saveCaption, input);
}
