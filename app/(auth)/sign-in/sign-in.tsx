'use client';

import { signIn } from 'next-auth/react';
import { useRef } from 'react';
import type { AuthFormState } from '@/components/auth/auth-state';
import { DemoAccount } from '@/components/auth/demo-account';
import type { SignInProvider } from '@/components/auth/provider-buttons';
import { SignInForm } from '@/components/auth/sign-in-form';
import { paths } from '@/lib/paths';
import { signInWithPassword } from '../sign-in-with-password';

interface SignInProps {
  next: string;
  initialState: AuthFormState;
  providers: SignInProvider[];
  demo: { email: string; password: string } | null;
}

/** The sign-in form with next-auth behind it. */
export function SignIn({ next, initialState, providers, demo }: SignInProps) {
  const frame = useRef<HTMLDivElement>(null);

  async function withPassword(_: AuthFormState, form: FormData): Promise<AuthFormState> {
    const email = String(form.get('email') ?? '').trim();
    const password = String(form.get('password') ?? '');
    if (!email || !password) {
      return {
        email,
        fieldErrors: {
          email: email ? undefined : 'Enter your e-mail address.',
          password: password ? undefined : 'Enter your password.',
        },
      };
    }
    return { email, ...(await signInWithPassword({ email, password }, next)) };
  }

  function fill(account: { email: string; password: string }) {
    const field = (name: string) =>
      frame.current?.querySelector<HTMLInputElement>(`input[name="${name}"]`);
    const [email, password] = [field('email'), field('password')];
    if (email) email.value = account.email;
    if (password) password.value = account.password;
    frame.current?.querySelector<HTMLButtonElement>('button[type="submit"]')?.focus();
  }

  return (
    <div ref={frame} className="flex flex-col gap-8">
      <SignInForm
        action={withPassword}
        initialState={initialState}
        signUpHref={paths.signUp(next === paths.influencers() ? undefined : next)}
        providers={providers}
        providerAction={async (form) => {
          await signIn(String(form.get('provider')), { callbackUrl: next });
        }}
      />
      {demo && <DemoAccount account={demo} onUse={() => fill(demo)} />}
    </div>
  );
}
