import { z } from 'zod';

/** Addresses are compared in lower case. */
const email = z.string().trim().toLowerCase().pipe(z.email().max(320));

export const minPasswordLength = 10;

export const signUpSchema = z.strictObject({
  name: z.string().trim().max(200).default(''),
  email,
  password: z.string().min(minPasswordLength).max(200),
});
export type SignUp = z.infer<typeof signUpSchema>;

export const changePasswordSchema = z.strictObject({
  currentPassword: z.string().max(200),
  newPassword: z.string().min(minPasswordLength).max(200),
});

export const sessionIdSchema = z.strictObject({ sessionId: z.uuid() });
export const nothingSchema = z.strictObject({});

export const signInSchema = z.strictObject({ email, password: z.string().max(200) });
export type SignIn = z.infer<typeof signInSchema>;
