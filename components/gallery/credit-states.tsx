import { Download } from 'lucide-react';
import type { LedgerFilter } from '@/lib/credits/rules/ledger-filter';
import { packageTable, proposePackage } from '@/lib/credits/rules/packages';
import { paths } from '@/lib/paths';
import { BalanceHeadline } from '../credits/balance-headline';
import { BuyCredits, type BuyCreditsVerb } from '../credits/buy-credits';
import type { Entry } from '../credits/credit-entry-words';
import { CreditHistory } from '../credits/credit-history';
import { LedgerFilterForm } from '../credits/ledger-filter-form';
import { PendingPurchases, type Purchase } from '../credits/pending-purchases';
import { PrintButton } from '../credits/print-button';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import { buttonClasses } from '../ui/button-style';
import { EmptyState } from '../ui/empty-state';
import { LinkButton } from '../ui/link-button';
import { Panel } from '../ui/panel';
import type { StateName } from './catalogue';
import { daysMs, hoursMs, idOf, instant, minutesMs } from './facts';
import type { ShownState } from './shown-state';
import { does, refuses } from './stand-in-verbs';

const mara = { id: idOf('character', 800), name: 'Mara' };
const poor = { availableCredits: 0, reservedCredits: 0 };
const reserving = { availableCredits: 19_000, reservedCredits: 27_000 };

const added: Entry = {
  id: idOf('other', 801),
  lineNo: 1,
  kind: 'grant',
  amountCredits: 60_000,
  availableAfterCredits: 60_000,
  reservedAfterCredits: 0,
  memo: 'Bought 60,000 credits for $57',
  characterId: null,
  characterName: null,
  training: null,
  settledBy: null,
  hold: null,
  createdAt: instant(-9 * daysMs),
};

/** A reservation for a training, and what became of it. */
function entry(number: number, changes: Partial<Entry>): Entry {
  const at = -number * 20 * hoursMs;
  return {
    ...added,
    id: idOf('other', 810 + number),
    lineNo: 200 - number,
    amountCredits: 27_000,
    memo: 'Training, 12 images, Z-Image Turbo',
    characterId: mara.id,
    characterName: mara.name,
    availableAfterCredits: 19_000,
    hold: {
      id: idOf('other', 900 + number),
      availableAfterCredits: 19_000,
      reservedAfterCredits: 27_000,
      createdAt: instant(at - 40 * minutesMs),
    },
    createdAt: instant(at),
    ...changes,
  };
}

const reserved = entry(1, { kind: 'reserve', hold: null, reservedAfterCredits: 27_000 });
const charged = entry(2, { kind: 'capture', training: { status: 'ready', failureReason: null } });
const released = entry(3, {
  kind: 'release',
  training: { status: 'failed', failureReason: 'GPU_OUT_OF_MEMORY' },
});
const ofDeleted = entry(4, { kind: 'capture', characterId: null, characterName: null });
const several = [reserved, charged, released, ofDeleted];

interface HistoryFacts {
  balance?: { availableCredits: number; reservedCredits: number };
  entries: readonly Entry[];
  filter?: LedgerFilter;
  pending?: readonly Purchase[];
  older?: boolean;
}

const check = does({ status: 'pending' as const, checkoutUrl: null });

function creditPage({
  balance = reserving,
  entries,
  filter = {},
  pending = [],
  older = false,
}: HistoryFacts): ShownState {
  const filtering = Object.keys(filter).length > 0;
  return {
    balance,
    content: (
      <PageContainer>
        <PageHeading title="Credits" />
        <div className="flex flex-col gap-6">
          <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-4">
            <BalanceHeadline balance={balance} />
            <LinkButton href={paths.buyCredits()} variant="primary">
              Buy credits
            </LinkButton>
          </div>
          <PendingPurchases purchases={pending} check={check} />
          <Panel
            title="History"
            description="Each line says what moved and why. Lines are never changed or removed."
            flush
            aside={
              entries.length > 0 && (
                <div className="flex flex-wrap gap-2">
                  <a
                    href={paths.creditsExport()}
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
              older && (
                <LinkButton href={paths.credits()} size="small">
                  Older
                </LinkButton>
              )
            }
          >
            {(entries.length > 0 || filtering) && (
              <LedgerFilterForm
                filter={filter}
                characters={[mara]}
                deleted
                empty={entries.length === 0}
                back=""
              />
            )}
            {entries.length > 0 ? (
              <CreditHistory entries={entries} />
            ) : filtering ? (
              <EmptyState
                title="Nothing fits this filter"
                level={3}
                action={
                  <LinkButton href={paths.credits()} size="small">
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
    ),
  };
}

const paid: BuyCreditsVerb = does({
  status: 'paid' as const,
  credits: 25_000,
  checkoutUrl: null,
  balance: { availableCredits: 44_000, reservedCredits: 27_000 },
});

function buyPage(missing: number, payment: 'sandbox' | 'live', buy = paid): ShownState {
  return {
    balance: reserving,
    content: (
      <PageContainer width="reading">
        <PageHeading title="Buy credits" back={{ href: paths.credits(), label: 'Credits' }} />
        <div className="flex flex-col gap-6">
          <BalanceHeadline balance={reserving} />
          <BuyCredits
            packages={packageTable.packages}
            proposedId={proposePackage(missing).id}
            missingCredits={missing}
            payment={payment}
            back=""
            buy={buy}
          />
        </div>
      </PageContainer>
    ),
  };
}

export const creditStates: Record<StateName<'credits'>, ShownState> = {
  zero: creditPage({ balance: poor, entries: [] }),
  'with-reserve': creditPage({ entries: [reserved, added] }),
  'full-page': creditPage({
    entries: Array.from({ length: 20 }, (_, at): Entry => {
      const one = several[at % several.length] ?? charged;
      return { ...one, id: idOf('other', 1_000 + at), createdAt: instant(-at * 20 * hoursMs) };
    }),
    older: true,
  }),
  'charge-explained': {
    ...creditPage({ entries: [charged, released, added] }),
    presses: ['Details'],
  },
  'filter-without-match': creditPage({ entries: [], filter: { kind: 'release' } }),
  'payment-pending': creditPage({
    entries: [added],
    pending: [
      {
        id: idOf('other', 1_100),
        credits: 25_000,
        amountCents: 2_500,
        createdAt: instant(-7 * minutesMs),
      },
    ],
  }),
  'buy-sandbox': buyPage(0, 'sandbox'),
  'buy-short': buyPage(31_000, 'live'),
  'buy-refused': {
    ...buyPage(0, 'live', refuses('PAYMENT_PAGE_UNREACHABLE')),
    presses: ['Buy 25,000'],
    awaits: 'could not be reached',
  },
  bought: { ...buyPage(0, 'sandbox'), presses: ['Buy 25,000'], awaits: 'credits added' },
};
