'use client';

import { signIn } from 'next-auth/react';
import { signUpAction } from '@/app/actions/sign-up';
import type { AuthFormState } from '@/components/auth/auth-state';
import type { SignInProvider } from '@/components/auth/provider-buttons';
import { SignUpForm } from '@/components/auth/sign-up-form';
import { paths } from '@/lib/paths';
import { signInWithPassword } from '../sign-in-with-password';

interface SignUpProps {
  next: string;
  minPasswordLength: number;
  providers: SignInProvider[];
}

/** The sign-up form: makes the account, then signs in with it. */
export function SignUp({ next, minPasswordLength, providers }: SignUpProps) {
  async function create(_: AuthFormState, form: FormData): Promise<AuthFormState> {
    const typed = {
      name: String(form.get('name') ?? ''),
      email: String(form.get('email') ?? '').trim(),
    };
    const password = String(form.get('password') ?? '');
    const answer = await signUpAction({ ...typed, password }).catch(() => null);
    if (!answer) {
      return {
        ...typed,
        error: 'Likeness could not be reached.',
        wayOut: 'Check the connection and try again.',
      };
    }
    if (!answer.ok) return { ...typed, ...answer.state };
    return { ...typed, ...(await signInWithPassword({ email: typed.email, password }, next)) };
  }

  return (
    <SignUpForm
      action={create}
      signInHref={paths.signIn(next === paths.influencers() ? undefined : next)}
      minPasswordLength={minPasswordLength}
      providers={providers}
      providerAction={async (form) => {
        await signIn(String(form.get('provider')), { callbackUrl: next });
      }}
    />
  );
}
