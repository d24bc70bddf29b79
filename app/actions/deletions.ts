'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { deleteAccount } from '@/lib/accounts/delete-account.ts';
import { deleteCharacter } from '@/lib/characters/delete-character.ts';
import { receiptToken } from '@/lib/deletions/receipt-token.ts';
import { deleteAccountSchema, deleteCharacterSchema } from '@/lib/deletions/rules/schemas.ts';
import { env } from '@/lib/env.ts';
import { paths } from '@/lib/paths.ts';

export async function deleteInfluencerAction(input: unknown) {
  return creatorAction('deleteInfluencer', deleteCharacterSchema, deleteCharacter, input);
}

/** By signed-in people only, never by a token. Its answer holds the secret link to the receipt. */
export async function deleteAccountAction(input: unknown) {
  return creatorAction(
    'deleteAccount',
    deleteAccountSchema,
    async (ctx, given) => {
      const { deletionId } = await deleteAccount(ctx, given);
      return { receiptPath: paths.deletedAccount(receiptToken(env().AUTH_SECRET, deletionId)) };
    },
    input,
  );
}
