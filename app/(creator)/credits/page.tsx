import { Download } from 'lucide-react';
import type { Metadata } from 'next';
import { type PageAddress, single } from '@/app/_server/search-params';
import { demandUser } from '@/app/_server/session';
import { checkPurchaseAction } from '@/app/actions/credits';
import { BalanceHeadline } from '@/components/credits/balance-headline';
import { CreditHistory } from '@/components/credits/credit-history';
import { LedgerFilterForm } from '@/components/credits/ledger-filter-form';
import { PendingPurchases } from '@/components/credits/pending-purchases';
import { PrintButton } from '@/components/credits/print-button';
import { PageContainer } from '@/components/shell/page-container';
import { PageHeading } from '@/components/shell/page-heading';
import { buttonClasses } from '@/components/ui/button-style';
import { EmptyState } from '@/components/ui/empty-state';
import { LinkButton } from '@/components/ui/link-button';
import { Panel } from '@/components/ui/panel';
import { getBalance } from '@/lib/credits/balance.ts';
import { listCreditEntries, listLedgerCharacters } from '@/lib/credits/list-lines.ts';
import { listPendingPurchases } from '@/lib/credits/list-purchases.ts';
import {
  isFiltering,
  type LedgerFilter,
  readLedgerFilter,
} from '@/lib/credits/rules/ledger-filter.ts';
import { paths, safeReturnPath } from '@/lib/paths.ts';

export const metadata: Metadata = { title: 'Credits' };

export default async function CreditsPage({ searchParams }: PageAddress) {
  const params = await searchParams;
  const back = safeReturnPath(single(params.back), '');
  const filter = readLedgerFilter({
    kind: single(params.kind),
    character: single(params.character),
  });
  const before = lineNumber(single(params.before));
  const user = await demandUser(paths.credits(back));
  const [balance, pending, whom, { entries, nextBefore }] = await Promise.all([
    getBalance(user.id),
    listPendingPurchases(user.id),
    listLedgerCharacters(user.id),
    listCreditEntries(user.id, { filter, before }),
  ]);
  const filtering = isFiltering(filter);
  return (
    <PageContainer>
      <PageHeading
        title="Credits"
        back={back ? { href: back, label: 'Back to where you were' } : undefined}
      />
      <div className="flex flex-col gap-6">
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
          <BalanceHeadline balance={balance} />
          <LinkButton href={paths.buyCredits({ back })} variant="primary" className="print:hidden">
            Buy credits
          </LinkButton>
        </div>
        <PendingPurchases purchases={pending} check={checkPurchaseAction} />
        <Panel
          title="History"
          description="Each line says what moved and why. Lines are never changed or removed."
          flush
          aside={
            entries.length > 0 && (
              <div className="flex flex-wrap gap-2 print:hidden">
                <a
                  href={paths.creditsExport({ ...filter })}
                  download
                  className={buttonClasses({ size: 'small' })}
                >
                  <Download className="size-4" aria-hidden="true" />
                  Download CSV
                </a>
                <PrintButton />
              </div>
            )
          }
          footer={
            (before !== undefined || nextBefore !== null) && (
              <nav aria-label="Pages of the history" className="flex flex-wrap gap-3 print:hidden">
                {before !== undefined && (
                  <LinkButton href={historyHref(back, filter)} size="small">
                    Newest
                  </LinkButton>
                )}
                {nextBefore !== null && (
                  <LinkButton href={historyHref(back, filter, nextBefore)} size="small">
                    Older
                  </LinkButton>
                )}
              </nav>
            )
          }
        >
          {(filtering || whom.characters.length > 0 || whom.deleted) && (
            <LedgerFilterForm filter={filter} {...whom} empty={entries.length === 0} back={back} />
          )}
          {entries.length > 0 ? (
            <CreditHistory entries={entries} />
          ) : filtering || before !== undefined ? (
            <EmptyState
              title="Nothing fits this filter"
              level={3}
              action={
                <LinkButton href={paths.credits(back)} size="small">
                  Show everything
                </LinkButton>
              }
            >
              Nothing was lost: it shows only a part of your history.
            </EmptyState>
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

function historyHref(back: string, { kind, character }: LedgerFilter, before?: number): string {
  const query = new URLSearchParams();
  if (back) query.set('back', back);
  if (character) query.set('character', character);
  if (kind) query.set('kind', kind);
  if (before !== undefined) query.set('before', String(before));
  return `${paths.credits()}${query.size > 0 ? `?${query}` : ''}`;
}
