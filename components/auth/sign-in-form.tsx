'use client';

import { useActionState } from 'react';
import { Button } from '../ui/button';
import { Link } from '../ui/link';
import { PasswordField } from '../ui/password-field';
import { TextField } from '../ui/text-field';
import { AuthError } from './auth-error';
import type { AuthFormAction, AuthFormState } from './auth-state';
import { ProviderButtons, type SignInProvider } from './provider-buttons';

interface SignInFormProps {
  action: AuthFormAction;
  /** What the page already knows: an error that came back from a provider. */
  initialState?: AuthFormState;
  /** Where to go afterwards; sent along as `next`. */
  next?: string;
  signUpHref: string;
  providers?: readonly SignInProvider[];
  /** Starts the sign-in with one of `providers`. */
  providerAction?: (formData: FormData) => void | Promise<void>;
}

/** E-mail and password, and whatever other ways in there are. */
export function SignInForm({
  action,
  initialState = {},
  next,
  signUpHref,
  providers = [],
  providerAction,
}: SignInFormProps) {
  const [state, submit, pending] = useActionState(action, initialState);
  return (
    <div className="flex flex-col gap-6">
      <form action={submit} noValidate className="flex flex-col gap-4">
        <AuthError state={state} />
        {next && <input type="hidden" name="next" value={next} />}
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
          autoComplete="current-password"
          required
          error={state.fieldErrors?.password}
        />
        <Button type="submit" variant="primary" size="large" wide pending={pending}>
          Sign in
        </Button>
      </form>
      {providerAction && <ProviderButtons providers={providers} action={providerAction} />}
      <p className="text-ink-2">
        New here?{' '}
        <Link href={signUpHref} className="text-link">
          Create an account
        </Link>
      </p>
    </div>
  );
}
