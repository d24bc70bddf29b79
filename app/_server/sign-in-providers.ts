import { env } from '@/lib/env.ts';

/** The ways in besides a password that the operator has set up. */
export function signInProviders(): { id: string; name: string }[] {
  return [
    ...(env().GITHUB_ID ? [{ id: 'github', name: 'GitHub' }] : []),
    ...(env().GOOGLE_ID ? [{ id: 'google', name: 'Google' }] : []),
  ];
}
