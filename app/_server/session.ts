import { redirect } from 'next/navigation';
import { getServerSession } from 'next-auth';
import { cache } from 'react';
import { findSession, type SignedInUser } from '@/lib/accounts/sessions.ts';
import { DomainError } from '@/lib/errors.ts';
import { paths } from '@/lib/paths.ts';
import { authOptions } from './auth';

/** The sign-in this request comes with, or null. Asked once a request. */
const currentSession = cache(async () => {
  const id = (await getServerSession(authOptions()))?.sessionId;
  const user = id ? await findSession(id) : null;
  return id && user ? { id, user } : null;
});

/** Who is signed in, or null. */
export async function currentUser(): Promise<SignedInUser | null> {
  return (await currentSession())?.user ?? null;
}

/** The id of the sign-in this request comes with. Refuses SIGNED_OUT. */
export async function demandSessionId(): Promise<string> {
  const session = await currentSession();
  if (!session) throw new DomainError('SIGNED_OUT');
  return session.id;
}

/** Who is signed in; anybody else goes to the sign-in page and comes back to `here` after it. */
export async function demandUser(here: string): Promise<SignedInUser> {
  return (await currentUser()) ?? redirect(paths.signIn(here));
}
