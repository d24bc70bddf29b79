'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { cancelTraining } from '@/lib/lora/cancel-training.ts';
import { dismissNewLikes } from '@/lib/lora/dismiss-new-likes.ts';
import { giveFeedback } from '@/lib/lora/give-feedback.ts';
import {
  characterIdSchema,
  giveFeedbackSchema,
  saveDraftSchema,
  savePreferencesSchema,
  startTrainingSchema,
  trainingIdSchema,
} from '@/lib/lora/rules/schemas.ts';
import { saveDraft } from '@/lib/lora/save-draft.ts';
import { savePreferences } from '@/lib/lora/save-preferences.ts';
import { startTraining } from '@/lib/lora/start-training.ts';
import { withdrawConsent } from '@/lib/lora/withdraw-consent.ts';

export async function startTrainingAction(input: unknown) {
  return creatorAction(
    'startTraining',
    startTrainingSchema,
    (ctx, asked) => startTraining(ctx, asked),
    input,
    {
      limit: 'startTraining',
    },
  );
}

export async function cancelTrainingAction(input: unknown) {
  return creatorAction('cancelTraining', trainingIdSchema, cancelTraining, input);
}

export async function saveDraftAction(input: unknown) {
  return creatorAction('saveDraft', saveDraftSchema, saveDraft, input);
}

export async function savePreferencesAction(input: unknown) {
  return creatorAction('savePreferences', savePreferencesSchema, savePreferences, input);
}

export async function dismissNewLikesAction(input: unknown) {
  return creatorAction('dismissNewLikes', characterIdSchema, dismissNewLikes, input);
}

export async function withdrawConsentAction(input: unknown) {
  return creatorAction('withdrawConsent', characterIdSchema, withdrawConsent, input);
}

export async function giveFeedbackAction(input: unknown) {
  return creatorAction('giveFeedback', giveFeedbackSchema, giveFeedback, input);
}
