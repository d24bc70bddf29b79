'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { cancelTraining } from '@/lib/lora/cancel-training.ts';
import {
  saveDraftSchema,
  savePreferencesSchema,
  startTrainingSchema,
  trainingIdSchema,
} from '@/lib/lora/rules/schemas.ts';
import { saveDraft } from '@/lib/lora/save-draft.ts';
import { savePreferences } from '@/lib/lora/save-preferences.ts';
import { startTraining } from '@/lib/lora/start-training.ts';

export async function startTrainingAction(input: unknown) {
  return creatorAction(startTrainingSchema, (ctx, asked) => startTraining(ctx, asked), input);
}

export async function cancelTrainingAction(input: unknown) {
  return creatorAction(trainingIdSchema, cancelTraining, input);
}

export async function saveDraftAction(input: unknown) {
  return creatorAction(saveDraftSchema, saveDraft, input);
}

export async function savePreferencesAction(input: unknown) {
  return creatorAction(savePreferencesSchema, savePreferences, input);
}
