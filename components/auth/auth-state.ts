/** What the action of an auth form answers with when it did not let the person in. */
export interface AuthFormState {
  /** One sentence for the whole form: "E-mail and password do not match." */
  error?: string;
  /** What to do about it: "Try again or sign up." */
  wayOut?: string;
  /** Sentences for single fields. */
  fieldErrors?: { name?: string; email?: string; password?: string };
  /** What was typed, so that it stays. Never the password. */
  email?: string;
  name?: string;
}

export type AuthFormAction = (state: AuthFormState, formData: FormData) => Promise<AuthFormState>;
