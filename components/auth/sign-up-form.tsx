'use client';

import { useActionState } from 'react';
import { Button } from '../ui/button';
import { Link } from '../ui/link';
import { PasswordField } from '../ui/password-field';
import { TextField } from '../ui/text-field';
import { AuthError } from './auth-error';
import type { AuthFormAction, AuthFormState } from './auth-state';
import { ProviderButtons, type SignInProvider } from './provider-buttons';

interface SignUpFormProps {
  action: AuthFormAction;
  initialState?: AuthFormState;
  signInHref: string;
  minPasswordLength: number;
  providers?: readonly SignInProvider[];
  providerAction?: (formData: FormData) => void | Promise<void>;
}

/** A new account: a name if one likes, an e-mail address, a password. */
export function SignUpForm({
  action,
  initialState = {},
  signInHref,
  minPasswordLength,
  providers = [],
  providerAction,
}: SignUpFormProps) {
  const [state, submit, pending] = useActionState(action, initialState);
  return (
    <div className="flex flex-col gap-6">
      <form action={submit} noValidate className="flex flex-col gap-4">
        <AuthError state={state} />
        <TextField
          label="Your name"
          name="name"
          optional
          autoComplete="name"
          maxLength={80}
          defaultValue={state.name}
          error={state.fieldErrors?.name}
        />
        <TextField
          label="E-mail"
          name="email"
          type="email"
          inputMode="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          defaultValue={state.email}
          error={state.fieldErrors?.email}
        />
        <PasswordField
          label="Password"
          name="password"
          autoComplete="new-password"
          required
          minLength={minPasswordLength}
          hint={`At least ${minPasswordLength} characters. A sentence is fine.`}
          error={state.fieldErrors?.password}
        />
        <Button type="submit" variant="primary" size="large" wide pending={pending}>
          Create account
        </Button>
      </form>
      {providerAction && <ProviderButtons providers={providers} action={providerAction} />}
      <p className="text-ink-2">
        Already have an account?{' '}
        <Link href={signInHref} className="text-link">
          Sign in
        </Link>
      </p>
    </div>
  );
}
