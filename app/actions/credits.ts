'use server';

import { revalidatePath } from 'next/cache';
import { creatorAction } from '@/app/_server/creator-action';
import { addSandboxCredits } from '@/lib/credits/add-sandbox-credits.ts';
import { addSandboxCreditsSchema } from '@/lib/credits/rules/sandbox-credits.ts';

export async function addSandboxCreditsAction(input: unknown) {
  const result = await creatorAction(addSandboxCreditsSchema, addSandboxCredits, input);
  // The header shows the balance too.
  if (result.ok) revalidatePath('/', 'layout');
  return result;
}
