import type { AuthFormState } from '@/components/auth/auth-state';
import { wordError } from '@/lib/error-messages.ts';
import { type ErrorCode, errorStatus } from '@/lib/errors.ts';

/** The words for a code that came back from next-auth: one of ours, or one of its own. */
export function wordAuthError(code: string): Pick<AuthFormState, 'error' | 'wayOut'> {
  // Its name for a form that could not even be read.
  const known = code === 'CredentialsSignin' ? 'BAD_CREDENTIALS' : code;
  if (isErrorCode(known)) {
    const { sentence, wayOut } = wordError(known);
    return { error: sentence, wayOut: `${wayOut}.` };
  }
  return { error: 'Signing in that way did not work.', wayOut: 'Try again, or use another way.' };
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorStatus, code);
}
