import { z } from 'zod';
import { deletedCharacters, entryKinds } from '../../credits/rules/ledger-filter.ts';
import { buyCreditsSchema } from '../../credits/rules/packages.ts';
import { trainingStatuses } from '../../lora/rules/lifecycle.ts';
import {
  credits,
  failureReason,
  instant,
  named,
  numberInQuery,
  operationsOf,
} from './operation.ts';

export const balance = named(
  'Balance',
  z.strictObject({ totalCredits: credits, reservedCredits: credits, availableCredits: credits }),
  'Whole credits. The total includes the reserved part.',
);

export const creditLine = named(
  'CreditLine',
  z.strictObject({
    id: z.uuid(),
    lineNo: z.int().min(1),
    kind: z.enum(entryKinds),
    amountCredits: credits,
    availableAfterCredits: credits,
    reservedAfterCredits: credits,
    memo: z.string(),
    characterId: z.uuid().nullable(),
    characterName: z.string().nullable(),
    /** What became of the training, while it is remembered. */
    training: z
      .strictObject({
        status: z.enum(trainingStatuses),
        failureReason: failureReason.nullable(),
      })
      .nullable(),
    settledBy: z.enum(['capture', 'release']).nullable(),
    createdAt: instant,
  }),
  'One line of the history. Lines are never changed or removed.',
);

const ledgerFilter = z.strictObject({
  kind: z.enum(entryKinds).optional(),
  character: z.union([z.uuid(), z.literal(deletedCharacters)]).optional(),
});

const purchaseStatus = z.enum(['pending', 'paid', 'expired']);

export const creditOperations = operationsOf('Credits', {
  getBalance: {
    method: 'GET',
    path: '/api/credits',
    summary: 'Read your balance',
    answer: { status: 200, description: 'The balance', body: balance },
    refusals: [],
  },
  listCreditLines: {
    method: 'GET',
    path: '/api/credits/lines',
    summary: 'List what moved your credits, newest first',
    description:
      '`kind` says how an entry stands now: a reservation and its ending are one entry. `character` is an id, or `deleted` for those that are gone.',
    query: ledgerFilter.extend({ before: numberInQuery(1, 2_147_483_647).optional() }),
    answer: {
      status: 200,
      description: 'Fifty at most; `nextBefore` asks for the ones before them',
      body: z.strictObject({ lines: z.array(creditLine), nextBefore: z.int().nullable() }),
    },
    refusals: [],
  },
  exportCreditLines: {
    method: 'GET',
    path: '/api/credits/export',
    limit: 'exports',
    summary: 'Download the history as a table',
    query: ledgerFilter,
    answer: { status: 200, description: 'Every line, newest first', contentType: 'text/csv' },
    refusals: [],
  },
  listPackages: {
    method: 'GET',
    path: '/api/credits/packages',
    summary: 'List the packages of credits, smallest first',
    answer: {
      status: 200,
      description: 'All of them',
      body: z.strictObject({
        currency: z.string(),
        packages: z.array(z.strictObject({ id: z.string(), credits, amountCents: z.int().min(0) })),
      }),
    },
    refusals: [],
  },
  buyCredits: {
    method: 'POST',
    path: '/api/credits/purchases',
    summary: 'Buy a package',
    description:
      'A person pays at `checkoutUrl`; the credits are there when the money is. A test purchase, where no payment provider is set up, is paid at once and moves no money.',
    body: buyCreditsSchema.omit({ requestId: true }),
    answer: {
      status: 201,
      description: 'The purchase and where it is paid',
      body: z.strictObject({
        purchaseId: z.uuid(),
        status: purchaseStatus,
        credits,
        checkoutUrl: z.url().nullable(),
        balance,
      }),
    },
    refusals: ['PACKAGE_GONE', 'BALANCE_LIMIT', 'PAYMENTS_UNAVAILABLE', 'PAYMENT_PAGE_UNREACHABLE'],
    example: { body: { packageId: 'v1-25000' } },
  },
  getPurchase: {
    method: 'GET',
    path: '/api/credits/purchases/{id}',
    summary: 'Read one purchase',
    params: z.strictObject({ id: z.uuid() }),
    answer: {
      status: 200,
      description: 'The purchase',
      body: z.strictObject({
        id: z.uuid(),
        credits,
        amountCents: z.int().min(0),
        status: purchaseStatus,
        createdAt: instant,
      }),
    },
    refusals: [],
  },
});
