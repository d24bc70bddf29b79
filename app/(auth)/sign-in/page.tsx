import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { type PageAddress, single } from '@/app/_server/search-params';
import { currentUser } from '@/app/_server/session';
import { signInProviders } from '@/app/_server/sign-in-providers';
import { AuthFrame } from '@/components/auth/auth-frame';
import { findDemoAccount } from '@/lib/accounts/demo-account.ts';
import { paths, safeReturnPath } from '@/lib/paths.ts';
import { wordAuthError } from '../word-auth-error';
import { SignIn } from './sign-in';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: PageAddress) {
  const params = await searchParams;
  const next = safeReturnPath(single(params.next), paths.influencers());
  if (await currentUser()) redirect(next);
  const error = single(params.error);
  return (
    <AuthFrame title="Sign in" lead="To your influencers and their models.">
      <SignIn
        next={next}
        initialState={error ? wordAuthError(error) : {}}
        providers={signInProviders()}
        demo={await findDemoAccount()}
      />
    </AuthFrame>
  );
}
