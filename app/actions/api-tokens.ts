'use server';

import { creatorAction } from '@/app/_server/creator-action';
import { createApiToken } from '@/lib/accounts/create-api-token.ts';
import { revokeApiToken } from '@/lib/accounts/revoke-api-token.ts';
import {
  createApiTokenSchema,
  revokeApiTokenSchema,
} from '@/lib/accounts/rules/api-token-schemas.ts';

/** Tokens are made and ended by signed-in people only: an action knows no token. */
export async function createApiTokenAction(input: unknown) {
  return creatorAction('createApiToken', createApiTokenSchema, createApiToken, input, {
    limit: 'createToken',
  });
}

export async function revokeApiTokenAction(input: unknown) {
  return creatorAction('revokeApiToken', revokeApiTokenSchema, revokeApiToken, input);
}
