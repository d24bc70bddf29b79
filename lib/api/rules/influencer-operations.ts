import { z } from 'zod';
import { saveCharacterSchema } from '../../characters/rules/schemas.ts';
import { countsSchema, deletionStates } from '../../deletions/rules/receipt.ts';
import { trainingStatuses } from '../../lora/rules/lifecycle.ts';
import {
  completeProfileSetSchema,
  createCharacterSchema,
  savePreferencesSchema,
} from '../../lora/rules/schemas.ts';
import { instant, named, operationsOf } from './operation.ts';

export const influencerParams = z.strictObject({ id: z.uuid() });

export const influencer = named(
  'Influencer',
  z.strictObject({
    id: z.uuid(),
    name: z.string(),
    look: z.string(),
    /** Names the face in prompts once a LoRA exists. */
    triggerWord: z.string(),
    profileSetCompletedAt: instant.nullable(),
    loraTrainingEnabled: z.boolean(),
    loraTrainingAutoStart: z.boolean(),
    createdAt: instant,
  }),
);

export const influencerSummary = named(
  'InfluencerSummary',
  z.strictObject({
    id: z.uuid(),
    name: z.string(),
    coverImageIds: z.array(z.uuid()).max(4),
    imageCount: z.int().min(0),
    likedCount: z.int().min(0),
    newLikedImageCount: z
      .int()
      .min(0)
      .describe('Liked images that the newest model has yet to learn'),
    profileSetComplete: z.boolean(),
    training: z
      .strictObject({
        status: z.enum(trainingStatuses),
        step: z.int().min(0),
        totalSteps: z.int().min(0),
        sandbox: z.boolean(),
      })
      .nullable(),
    createdAt: instant,
  }),
);

export const deletionReceipt = named(
  'DeletionReceipt',
  z.strictObject({
    id: z.uuid(),
    subject: z.enum(['influencer', 'account']),
    state: z
      .enum(deletionStates)
      .describe('`requested`: being deleted. `emptied`: gone. `finished`: looked for once more'),
    requestedAt: instant,
    emptiedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    counts: z
      .strictObject(countsSchema.shape)
      .describe('How much was deleted; creditLines and purchases are kept, and are nobody’s'),
  }),
  'It names no influencer: names are deleted too.',
);

const preferences = savePreferencesSchema.omit({ characterId: true });

export const influencerOperations = operationsOf('Influencers', {
  listInfluencers: {
    method: 'GET',
    path: '/api/influencer',
    summary: 'List your influencers, newest first',
    answer: {
      status: 200,
      description: 'All of them',
      body: z.strictObject({ influencers: z.array(influencerSummary) }),
    },
    refusals: [],
  },
  createInfluencer: {
    method: 'POST',
    path: '/api/influencer',
    summary: 'Make an influencer',
    description: 'The trigger word is generated and never changes.',
    body: createCharacterSchema,
    answer: { status: 201, description: 'The new influencer', body: influencer },
    refusals: [],
    example: { body: { name: 'Mara', look: 'Freckles, copper hair, grey eyes' } },
  },
  getInfluencer: {
    method: 'GET',
    path: '/api/influencer/{id}',
    summary: 'Read one influencer',
    params: influencerParams,
    answer: { status: 200, description: 'The influencer', body: influencer },
    refusals: [],
  },
  changeInfluencer: {
    method: 'PATCH',
    path: '/api/influencer/{id}',
    summary: 'Change name and look',
    params: influencerParams,
    body: saveCharacterSchema.omit({ characterId: true }),
    answer: { status: 200, description: 'The influencer as it is now', body: influencer },
    refusals: [],
    example: { body: { name: 'Mara', look: 'Freckles, short copper hair' } },
  },
  deleteInfluencer: {
    method: 'DELETE',
    path: '/api/influencer/{id}',
    summary: 'Delete an influencer with everything of it',
    description:
      'It is gone at once; images, models and what lies at the GPU provider follow. A training under way is cancelled and its credits come back; one that finishes before it can be stopped is charged. A repeat gets the same receipt. Cannot be undone.',
    params: influencerParams,
    answer: { status: 202, description: 'The receipt so far', body: deletionReceipt },
    refusals: [],
  },
  listDeletions: {
    method: 'GET',
    path: '/api/deletions',
    summary: 'List the receipts of your deleted influencers, newest first',
    answer: {
      status: 200,
      description: 'The newest 100',
      body: z.strictObject({ deletions: z.array(deletionReceipt).max(100) }),
    },
    refusals: [],
  },
  generateProfileSet: {
    method: 'POST',
    path: '/api/influencer/{id}/profile-set',
    summary: 'Have the profile set generated',
    description:
      'The images are listed at once as `uploading` and become `ready` one by one. Asking again adds those that were removed since.',
    params: influencerParams,
    answer: {
      status: 202,
      description: 'They are being made',
      body: z.strictObject({ characterId: z.uuid() }),
    },
    refusals: ['PROFILE_SET_COMPLETE'],
  },
  completeProfileSet: {
    method: 'POST',
    path: '/api/influencer/{id}/profile-set/complete',
    summary: 'Finish the profile set, with or without a first training',
    description:
      'With `agreedCredits` the first training starts by itself at that price; another price than that of the draft (or of the preselection, where none was saved) is refused. If credits are short by then, nothing is reserved and a notification asks. With null it does not start. Finished once: a repeat gets the first answer.',
    params: influencerParams,
    body: completeProfileSetSchema.omit({ characterId: true }),
    answer: {
      status: 200,
      description: 'It is finished',
      body: z.strictObject({ completedAt: instant, trainingChosen: z.boolean() }),
    },
    refusals: [
      'TOO_FEW_IMAGES',
      'TOO_MANY_IMAGES',
      'IMAGE_NOT_AVAILABLE',
      'PRICE_CHANGED',
      'CONSENT_NEEDED',
    ],
    example: { body: { agreedCredits: null, consent: 'synthetic' } },
  },
  saveSettings: {
    method: 'PATCH',
    path: '/api/influencer/{id}/settings',
    summary: 'Change the training settings',
    description: 'What is left out stays as it is. The answer repeats what was saved.',
    params: influencerParams,
    body: preferences,
    answer: { status: 200, description: 'What was saved', body: preferences },
    refusals: ['TOO_FEW_IMAGES'],
    example: { body: { loraTrainingEnabled: true, loraTrainingAutoStart: false } },
  },
});
