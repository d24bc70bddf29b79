import { paths } from '@/lib/paths';
import { AuthFrame } from '../auth/auth-frame';
import type { AuthFormState } from '../auth/auth-state';
import { DemoAccount } from '../auth/demo-account';
import { SignInForm } from '../auth/sign-in-form';
import type { StateName } from './catalogue';
import type { ShownState } from './shown-state';
import { refusalOf } from './stand-in-verbs';

function signIn(initialState: AuthFormState): ShownState {
  return {
    header: 'none',
    content: (
      <AuthFrame title="Sign in" lead="To your influencers and their models.">
        <div className="flex flex-col gap-8">
          <SignInForm
            action={async (state) => state}
            initialState={initialState}
            signUpHref={paths.signUp()}
            providers={[
              { id: 'github', name: 'GitHub' },
              { id: 'google', name: 'Google' },
            ]}
          />
          <DemoAccount
            account={{ email: 'demo@likeness.local', password: 'shown-in-the-gallery' }}
            onUse={() => {}}
          />
        </div>
      </AuthFrame>
    ),
  };
}

const { sentence, wayOut } = refusalOf('BAD_CREDENTIALS');

export const signInStates: Record<StateName<'sign-in'>, ShownState> = {
  default: signIn({}),
  error: signIn({ error: sentence, wayOut: `${wayOut}.`, email: 'demo@likeness.local' }),
};
