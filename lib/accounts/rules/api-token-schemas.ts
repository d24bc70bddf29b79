import { z } from 'zod';

/** How many tokens an account holds at once; revoked ones do not count. */
export const maxApiTokens = 20;

/** One line with something to see in it, which tells the token from the others. */
const tokenName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^\P{Cc}*$/u)
  .regex(/[\p{L}\p{N}\p{P}\p{S}]/u);

export const createApiTokenSchema = z.strictObject({ name: tokenName });
export const revokeApiTokenSchema = z.strictObject({ apiTokenId: z.uuid() });
