import { redirect } from 'next/navigation';
import { getServerSession } from 'next-auth';
import { cache } from 'react';
import { findSession, type SignedInUser } from '@/lib/accounts/sessions.ts';
import { paths } from '@/lib/paths.ts';
import { authOptions } from './auth';

/** Who is signed in, or null. Asked once a request. */
export const currentUser = cache(async (): Promise<SignedInUser | null> => {
  const session = await getServerSession(authOptions());
  return session?.sessionId ? findSession(session.sessionId) : null;
});

/** Who is signed in; anybody else goes to the sign-in page and comes back to `here` after it. */
export async function demandUser(here: string): Promise<SignedInUser> {
  return (await currentUser()) ?? redirect(paths.signIn(here));
}
