'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { restoreImage } from '@/lib/characters/restore-image.ts';
import { imageIdSchema } from '@/lib/lora/rules/schemas.ts';
import { generateImages } from '@/lib/studio/generate-images.ts';
import { retryImage } from '@/lib/studio/retry-image.ts';
import { generateImagesSchema } from '@/lib/studio/rules/schemas.ts';

export async function generateImagesAction(input: unknown) {
  return creatorAction('generateImages', generateImagesSchema, generateImages, input);
}

export async function retryImageAction(input: unknown) {
  return creatorAction('retryImage', imageIdSchema, retryImage, input);
}

export async function restoreImageAction(input: unknown) {
  return creatorAction('restoreImage', imageIdSchema, restoreImage, input);
}
