import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { type PageAddress, single } from '@/app/_server/search-params';
import { currentUser } from '@/app/_server/session';
import { signInProviders } from '@/app/_server/sign-in-providers';
import { AuthFrame } from '@/components/auth/auth-frame';
import { minPasswordLength } from '@/lib/accounts/schemas.ts';
import { sandboxWelcomeCredits } from '@/lib/accounts/sign-up.ts';
import { env } from '@/lib/env.ts';
import { formatCredits } from '@/lib/format.ts';
import { paths, safeReturnPath } from '@/lib/paths.ts';
import { SignUp } from './sign-up';

export const metadata: Metadata = { title: 'Create an account' };

export default async function SignUpPage({ searchParams }: PageAddress) {
  const next = safeReturnPath(single((await searchParams).next), paths.influencers());
  if (await currentUser()) redirect(next);
  return (
    <AuthFrame
      title="Create an account"
      lead={
        env().GPU_PROVIDER === 'sandbox'
          ? `It comes with ${formatCredits(sandboxWelcomeCredits)} for the sandbox.`
          : undefined
      }
    >
      <SignUp next={next} minPasswordLength={minPasswordLength} providers={signInProviders()} />
    </AuthFrame>
  );
}
