import { signIn } from 'next-auth/react';
import type { AuthFormState } from '@/components/auth/auth-state';
import { wordAuthError } from './word-auth-error';

/**
 * Signs in in the browser and opens `next`, as a whole new page: nothing that was read for nobody,
 * or for somebody else, stays in memory. Comes back only with why it did not work.
 */
export async function signInWithPassword(
  credentials: { email: string; password: string },
  next: string,
): Promise<AuthFormState> {
  const answer = await signIn('credentials', { ...credentials, redirect: false }).catch(() => null);
  if (!answer) {
    return {
      error: 'Likeness could not be reached.',
      wayOut: 'Check the connection and try again.',
    };
  }
  if (!answer.ok) return wordAuthError(answer.error ?? 'CredentialsSignin');
  window.location.assign(next);
  // The form stays busy until the browser leaves.
  return new Promise(() => {});
}
