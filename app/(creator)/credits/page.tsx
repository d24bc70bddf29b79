import type { Metadata } from 'next';
import { type PageAddress, single } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { addSandboxCreditsAction } from '@/app/actions/credits';
import { AddSandboxCredits } from '@/components/credits/add-sandbox-credits';
import { BalanceHeadline } from '@/components/credits/balance-headline';
import { CreditLines } from '@/components/credits/credit-lines';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { EmptyState } from '@/components/ui/empty-state';
import { LinkButton } from '@/components/ui/link-button';
import { Panel } from '@/components/ui/panel';
import { getBalance } from '@/lib/credits/balance.ts';
import { listCreditLines } from '@/lib/credits/list-lines.ts';
import { env } from '@/lib/env.ts';
import { paths, safeReturnPath } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Credits' };

export default async function CreditsPage({ searchParams }: PageAddress) {
  const params = await searchParams;
  const back = safeReturnPath(single(params.back), '');
  const before = lineNumber(single(params.before));
  const user = await demandUser(paths.credits(back));
  const [balance, { lines, nextBefore }] = await Promise.all([
    getBalance(user.id),
    listCreditLines(user.id, before),
  ]);
  return (
    <PageContainer>
      <PageHeading
        title="Credits"
        back={back ? { href: back, label: 'Back to where you were' } : undefined}
      />
      <div className="flex flex-col gap-6">
        <BalanceHeadline balance={balance} />
        {env().GPU_PROVIDER === 'sandbox' && <AddSandboxCredits add={addSandboxCreditsAction} />}
        <Panel
          title="History"
          description="Each line says what moved and why. Lines are never changed or removed."
          flush
          footer={
            (before !== undefined || nextBefore !== null) && (
              <nav aria-label="Pages of the history" className="flex flex-wrap gap-3">
                {before !== undefined && (
                  <LinkButton href={pageHref(back)} size="small">
                    Newest
                  </LinkButton>
                )}
                {nextBefore !== null && (
                  <LinkButton href={pageHref(back, nextBefore)} size="small">
                    Older
                  </LinkButton>
                )}
              </nav>
            )
          }
        >
          {lines.length > 0 ? (
            <CreditLines lines={lines} />
          ) : (
            <EmptyState title="Nothing has moved yet" level={3}>
              Credits that are added, reserved, charged or released are listed here.
            </EmptyState>
          )}
        </Panel>
      </div>
    </PageContainer>
  );
}

/** A line number from the address, or undefined for anything else. */
function lineNumber(text: string | undefined): number | undefined {
  return text && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

function pageHref(back: string, before?: number): string {
  const query = new URLSearchParams();
  if (back) query.set('back', back);
  if (before !== undefined) query.set('before', String(before));
  return `${paths.credits()}${query.size > 0 ? `?${query}` : ''}`;
}
