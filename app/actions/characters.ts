'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { completeProfileSet } from '@/lib/characters/complete-profile-set.ts';
import { createCharacter } from '@/lib/characters/create-character.ts';
import { likeImage } from '@/lib/characters/like-image.ts';
import { removeImage } from '@/lib/characters/remove-image.ts';
import { requestProfileSet } from '@/lib/characters/request-profile-set.ts';
import {
  likeImageSchema,
  saveCaptionSchema,
  saveCharacterSchema,
} from '@/lib/characters/rules/schemas.ts';
import { saveCaption } from '@/lib/characters/save-caption.ts';
import { saveCharacter } from '@/lib/characters/save-character.ts';
import {
  characterIdSchema,
  completeProfileSetSchema,
  imageIdSchema,
  newCharacterSchema,
} from '@/lib/lora/rules/schemas.ts';

export async function createCharacterAction(input: unknown) {
  return creatorAction('createCharacter', newCharacterSchema, createCharacter, input);
}

export async function saveCharacterAction(input: unknown) {
  return creatorAction('saveCharacter', saveCharacterSchema, saveCharacter, input);
}

export async function requestProfileSetAction(input: unknown) {
  return creatorAction('requestProfileSet', characterIdSchema, requestProfileSet, input);
}

export async function completeProfileSetAction(input: unknown) {
  return creatorAction('completeProfileSet', completeProfileSetSchema, completeProfileSet, input);
}

export async function likeImageAction(input: unknown) {
  return creatorAction('likeImage', likeImageSchema, likeImage, input);
}

export async function removeImageAction(input: unknown) {
  return creatorAction('removeImage', imageIdSchema, removeImage, input);
}

export async function saveCaptionAction(input: unknown) {
  return creatorAction('saveCaption', saveCaptionSchema, saveCaption, input);
}
