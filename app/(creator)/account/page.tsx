import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { demandSessionId, demandUser } from '@/app/_server/session';
import { createApiTokenAction, revokeApiTokenAction } from '@/app/actions/api-tokens';
import { deleteAccountAction } from '@/app/actions/deletions';
import {
  changePasswordAction,
  endOtherSessionsAction,
  endSessionAction,
} from '@/app/actions/sessions';
import { AccountActs } from '@/components/account/account-acts';
import { ApiTokens } from '@/components/account/api-tokens';
import { ChangePassword } from '@/components/account/change-password';
import { SignIns } from '@/components/account/sign-ins';
import { DeleteAccount } from '@/components/deletions/delete-account';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { Link } from '@/components/ui/link';
import { Panel } from '@/components/ui/panel';
import { hasPassword } from '@/lib/accounts/change-password.ts';
import { listApiTokens } from '@/lib/accounts/list-api-tokens.ts';
import { maxApiTokens } from '@/lib/accounts/rules/api-token-schemas.ts';
import { minPasswordLength } from '@/lib/accounts/schemas.ts';
import { listSessions } from '@/lib/accounts/sessions.ts';
import { listActs } from '@/lib/acts/list-acts.ts';
import { accountHoldings } from '@/lib/deletions/account-holdings.ts';
import { paths } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Account' };

export default async function AccountPage() {
  const user = await demandUser(paths.account());
  const [tokens, sessions, currentId, acts, withPassword, holdings] = await Promise.all([
    listApiTokens(user.id),
    listSessions(user.id),
    demandSessionId(),
    listActs(user.id),
    hasPassword(user.id),
    accountHoldings(user.id),
  ]);
  return (
    <PageContainer width="reading">
      <PageHeading title="Account" />
      <div className="flex flex-col gap-6">
        <Panel title="Who you are">
          <dl className="grid gap-y-3">
            <Fact term="Name">
              {user.name ? <bdi>{user.name}</bdi> : <span className="text-ink-3">None given</span>}
            </Fact>
            <Fact term="E-mail">{user.email}</Fact>
          </dl>
        </Panel>
        <SignIns
          sessions={sessions}
          currentId={currentId}
          end={endSessionAction}
          endOthers={endOtherSessionsAction}
        />
        {withPassword && (
          <ChangePassword minLength={minPasswordLength} change={changePasswordAction} />
        )}
        <ApiTokens
          tokens={tokens}
          maxTokens={maxApiTokens}
          create={createApiTokenAction}
          revoke={revokeApiTokenAction}
          about={
            <>
              A token lets a program do what you can do here, until you revoke it.{' '}
              <Link className="text-link" href={paths.developers()}>
                How to use the API
              </Link>
            </>
          }
        />
        <AccountActs acts={acts} />
        <p className="text-small">
          <Link className="text-link" href={paths.deletions()}>
            Receipts of deleted influencers
          </Link>
        </p>
        <DeleteAccount email={user.email} holdings={holdings} deleteAccount={deleteAccountAction} />
      </div>
    </PageContainer>
  );
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div className="sm:grid sm:grid-cols-[8rem_1fr] sm:gap-x-6">
      <dt className="text-ink-2">{term}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </div>
  );
}
