import { noteAct } from '../acts/record-act.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { countTry, forgetOversteps } from './limits.ts';
import { passwordMatches } from './passwords.ts';
import type { SignIn } from './schemas.ts';
import { createUser } from './sign-up.ts';

/**
 * The user with this e-mail and password. BAD_CREDENTIALS, after the same time, whether the address
 * is unknown or the password wrong; TOO_MANY_REQUESTS by account and by network address, for longer
 * each time in a day, until somebody signs in.
 */
export async function signIn(input: SignIn, address: string): Promise<{ userId: string }> {
  await countTry('signInAddress', address);
  await countTry('signInAccount', input.email);
  const user = await db().user.findUnique({ where: { email: input.email } });
  const matches = await passwordMatches(user?.passwordHash ?? null, input.password);
  if (!user || !matches) {
    await noteAct({ kind: 'sign-in.failed', by: 'anybody', userId: user?.id ?? null });
    throw new DomainError('BAD_CREDENTIALS');
  }
  await forgetOversteps('signInAccount', input.email);
  return { userId: user.id };
}

/**
 * The user behind an account at GitHub or Google, made at the first sign-in. An address that is
 * already somebody's is never linked by itself: EMAIL_TAKEN.
 */
export async function signInWithIdentity(identity: {
  provider: string;
  providerAccountId: string;
  email: string;
  name: string | null;
}): Promise<{ userId: string }> {
  const { provider, providerAccountId, email, name } = identity;
  const known = await db().identity.findUnique({
    where: { provider_providerAccountId: { provider, providerAccountId } },
  });
  if (known) return { userId: known.userId };
  return createUser({
    email: email.trim().toLowerCase(),
    name,
    identity: { provider, providerAccountId },
  });
}
