'use server';

import { revalidatePath } from 'next/cache';
import { creatorAction } from '@/app/_server/creator-action';
import { buyCredits } from '@/lib/credits/buy-credits.ts';
import { checkPurchase } from '@/lib/credits/check-purchase.ts';
import { buyCreditsSchema, purchaseIdSchema } from '@/lib/credits/rules/packages.ts';

export async function buyCreditsAction(input: unknown) {
  const result = await creatorAction('buyCredits', buyCreditsSchema, buyCredits, input);
  // The header shows the balance too.
  if (result.ok && result.value.status === 'paid') revalidatePath('/', 'layout');
  return result;
}

export async function checkPurchaseAction(input: unknown) {
  const result = await creatorAction('checkPurchase', purchaseIdSchema, checkPurchase, input);
  if (result.ok && result.value.status !== 'pending') revalidatePath('/', 'layout');
  return result;
}
