import { recordAct } from '../acts/record-act.ts';
import { grant, openAccount } from '../credits/ledger.ts';
import { sandboxGrantPrefix } from '../credits/rules/sandbox-credits.ts';
import { inTransaction, isUniqueViolation } from '../db.ts';
import { env } from '../env.ts';
import { DomainError } from '../errors.ts';
import { countTry } from './limits.ts';
import { hashPassword } from './passwords.ts';
import type { SignUp } from './schemas.ts';

/** What a new account starts with where no real GPU is plugged in: enough for one rehearsal. */
export const sandboxWelcomeCredits = 30_000;

/**
 * Makes an account with its empty credit account. `address` is the caller's network address, for
 * the limit. Refuses EMAIL_TAKEN in words that fit any reason, and TOO_MANY_REQUESTS.
 */
export async function signUp(input: SignUp, address: string): Promise<{ userId: string }> {
  await countTry('signUpAddress', address);
  const passwordHash = await hashPassword(input.password);
  return createUser({ email: input.email, name: input.name || null, passwordHash });
}

/** A user row with its credit account; EMAIL_TAKEN when the address is in use. */
export async function createUser(user: {
  email: string;
  name: string | null;
  passwordHash?: string;
  identity?: { provider: string; providerAccountId: string };
}): Promise<{ userId: string }> {
  const { identity, ...data } = user;
  try {
    return await inTransaction(async (tx) => {
      const { id } = await tx.user.create({
        data: { ...data, ...(identity && { identities: { create: identity } }) },
        select: { id: true },
      });
      await openAccount(tx, id);
      if (env().GPU_PROVIDER === 'sandbox') {
        await grant(tx, id, sandboxWelcomeCredits, {
          idempotencyKey: `${sandboxGrantPrefix}welcome:${id}`,
          memo: 'Sandbox credits to start with',
        });
      }
      await recordAct(tx, { kind: 'account.made', by: 'anybody', userId: id });
      return { userId: id };
    });
  } catch (error) {
    if (isUniqueViolation(error, 'email'))
      throw new DomainError('EMAIL_TAKEN', {}, { cause: error });
    throw error;
  }
}
