import type { Deletion } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { demand } from '../errors.ts';
import { readReceiptToken } from './receipt-token.ts';
import { addCounts, countsSchema, type DeletionState, type Receipt } from './rules/receipt.ts';

/** The receipts of the user's deleted influencers, newest first; the newest 100. */
export async function listReceipts(userId: string): Promise<Receipt[]> {
  const rows = await db().deletion.findMany({
    where: { ownerId: userId, subject: 'influencer' },
    orderBy: [{ requestedAt: 'desc' }, { id: 'desc' }],
    take: 100,
  });
  return rows.map(receiptOf);
}

/** One of them. NOT_FOUND for anybody else's. */
export async function getReceipt(userId: string, deletionId: string): Promise<Receipt> {
  const row = await db().deletion.findFirst({
    where: { id: deletionId, ownerId: userId, subject: 'influencer' },
  });
  demand(row, 'NOT_FOUND');
  return receiptOf(row);
}

/** The receipt that a secret link opens, its influencers added up. NOT_FOUND for any other link. */
export async function openReceipt(token: string): Promise<Receipt> {
  const id = readReceiptToken(env().AUTH_SECRET, token);
  const row = id && (await db().deletion.findUnique({ where: { id }, include: { parts: true } }));
  demand(row, 'NOT_FOUND');
  const { parts, ...account } = row;
  const receipt = receiptOf(account);
  // The lines of its influencers are lines of the account's too: they are counted once.
  const counts = parts
    .map((part) => ({ ...receiptOf(part).counts, creditLines: 0 }))
    .reduce(addCounts, receipt.counts);
  return { ...receipt, counts };
}

function receiptOf(row: Deletion): Receipt {
  return {
    id: row.id,
    subject: row.subject as Receipt['subject'],
    state: row.state as DeletionState,
    requestedAt: row.requestedAt.toISOString(),
    emptiedAt: row.emptiedAt?.toISOString() ?? null,
    finishedAt: row.finishedAt?.toISOString() ?? null,
    counts: countsSchema.parse(row.counts),
  };
}
