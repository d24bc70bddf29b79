'use server';

import { headers } from 'next/headers';
import { unstable_rethrow } from 'next/navigation';
import { addressOf } from '@/app/_server/client-address';
import { demandOwnOrigin } from '@/app/_server/own-origin';
import { refusalFrom } from '@/app/_server/refusal';
import type { AuthFormState } from '@/components/auth/auth-state';
import { minPasswordLength, signUpSchema } from '@/lib/accounts/schemas.ts';
import { signUp } from '@/lib/accounts/sign-up.ts';

const fieldWords = {
  name: 'At most 200 characters.',
  email: 'Enter a full e-mail address, such as name@example.org.',
  password: `Choose a password of at least ${minPasswordLength} and at most 200 characters.`,
} as const;

/**
 * The door of sign-up, open to nobody in particular: makes the account, or says in the form's own
 * terms why not.
 */
export async function signUpAction(
  input: unknown,
): Promise<{ ok: true } | { ok: false; state: AuthFormState }> {
  try {
    const given = await headers();
    demandOwnOrigin(given);
    const parsed = signUpSchema.safeParse(input);
    if (!parsed.success) {
      const fields = new Set(parsed.error.issues.map(({ path }) => path[0]));
      const fieldErrors = Object.fromEntries(
        Object.entries(fieldWords).filter(([field]) => fields.has(field)),
      );
      return { ok: false, state: { fieldErrors } };
    }
    await signUp(parsed.data, addressOf(given));
    return { ok: true };
  } catch (error) {
    unstable_rethrow(error);
    const { sentence, wayOut } = refusalFrom(error);
    return { ok: false, state: { error: sentence, wayOut: `${wayOut}.` } };
  }
}
