import type { ApiTokenView } from '@/lib/accounts/list-api-tokens';
import { actWords, shownActs } from '@/lib/acts/rules/act-words';
import {
  countsSchema,
  type DeletionCounts,
  type Receipt,
} from '../../lib/deletions/rules/receipt.ts';
import { AccountActs } from '../account/account-acts';
import { ApiTokens } from '../account/api-tokens';
import { ChangePassword } from '../account/change-password';
import { CreatedToken } from '../account/created-token';
import { SignIns } from '../account/sign-ins';
import { ReceiptPanel } from '../deletions/receipt-panel';
import { PageContainer } from '../shell/page-container';
import { PageHeading } from '../shell/page-heading';
import { Panel } from '../ui/panel';
import type { StateName } from './catalogue';
import { daysMs, hoursMs, idOf, instant } from './facts';
import type { ShownState } from './shown-state';
import { does, done, neverAnswers, refuses } from './stand-in-verbs';

const names = ['Nightly upload', 'Notebook on the laptop', 'CI', 'Plugin'] as const;

export function apiTokens(count: number): ApiTokenView[] {
  return Array.from({ length: count }, (_, at) => ({
    id: idOf('other', 2_000 + at),
    name: at < names.length ? (names[at] ?? '') : `Token ${at + 1}`,
    hint: (46_000 + at * 977).toString(36).slice(-4),
    createdAt: instant(-(at + 1) * 6 * daysMs),
    lastUsedAt: at % 3 === 2 ? null : instant(-at * 5 * hoursMs - hoursMs),
  }));
}

function account(count: number): ShownState {
  return {
    content: (
      <PageContainer width="reading">
        <PageHeading title="Account" />
        <ApiTokens
          tokens={apiTokens(count)}
          maxTokens={20}
          create={neverAnswers}
          revoke={done}
          about="A token lets a program do what you can do here, until you revoke it."
        />
      </PageContainer>
    ),
  };
}

const devices = ['Firefox on Windows', 'Safari on iPhone', null];

function safety(count: number): ShownState {
  const sessions = Array.from({ length: count }, (_, at) => ({
    id: idOf('other', 3_000 + at),
    device: devices[at % devices.length] ?? null,
    createdAt: instant(-(at + 1) * 3 * daysMs),
    lastSeenAt: instant(-at * 9 * hoursMs),
  }));
  const acts = shownActs.slice(0, count > 1 ? undefined : 0).map((kind, at) => ({
    id: String(at),
    words: actWords[kind as keyof typeof actWords] ?? '',
    at: instant(-at * 7 * hoursMs),
  }));
  return {
    content: (
      <PageContainer width="reading">
        <PageHeading title="Account" />
        <div className="flex flex-col gap-6">
          <SignIns
            sessions={sessions}
            currentId={sessions[0]?.id ?? ''}
            end={done}
            endOthers={does({ ended: count - 1 })}
          />
          <ChangePassword minLength={10} change={refuses('WRONG_PASSWORD')} />
          <AccountActs acts={acts} />
        </div>
      </PageContainer>
    ),
  };
}

function receipt(
  change: Partial<Omit<Receipt, 'counts'>> & { counts: Partial<DeletionCounts> },
): Receipt {
  const state = change.state ?? 'finished';
  return {
    id: idOf('other', 3_000),
    subject: 'influencer',
    requestedAt: instant(-hoursMs),
    emptiedAt: state === 'requested' ? null : instant(-hoursMs + 4_000),
    finishedAt: state === 'finished' ? instant(-hoursMs / 2) : null,
    ...change,
    state,
    counts: countsSchema.parse(change.counts),
  };
}

const [first] = apiTokens(1);

export const accountStates: Record<StateName<'account'>, ShownState> = {
  'no-tokens': account(0),
  'token-shown': {
    content: (
      <PageContainer width="reading">
        <PageHeading title="Account" />
        <Panel title="API tokens">
          {first && (
            <CreatedToken
              created={{ ...first, token: 'lk_made-up-for-the-gallery-and-good-for-nothing' }}
              onDone={() => {}}
            />
          )}
        </Panel>
      </PageContainer>
    ),
  },
  'most-tokens': account(20),
  'sign-ins': safety(3),
  'only-sign-in': safety(1),
  receipts: {
    content: (
      <PageContainer width="reading">
        <PageHeading
          title="Deleted influencers"
          back={{ href: '/account', label: 'Account' }}
          lead="A receipt for each. Names are deleted too, so receipts have none."
        />
        <div className="flex flex-col gap-6">
          <ReceiptPanel
            receipt={receipt({ state: 'requested', counts: { images: 41, objects: 82 } })}
          />
          <ReceiptPanel
            receipt={receipt({
              id: idOf('other', 3_001),
              state: 'finished',
              counts: {
                influencers: 1,
                images: 12,
                trainings: 2,
                models: 1,
                samples: 8,
                objects: 41,
                creditLines: 4,
              },
            })}
          />
        </div>
      </PageContainer>
    ),
  },
  deleted: {
    header: 'none',
    content: (
      <PageContainer width="reading">
        <PageHeading
          title="Your account is deleted"
          lead="This page is the receipt. Only its address leads here, so keep it if you may need it."
        />
        <ReceiptPanel
          receipt={receipt({
            subject: 'account',
            state: 'emptied',
            counts: {
              influencers: 3,
              images: 140,
              sessions: 2,
              creditLines: 18,
              purchases: 2,
              creditsLost: 19_000,
            },
          })}
        />
      </PageContainer>
    ),
  },
};
