import { z } from 'zod';
import { formatCount, formatCredits } from '../../format.ts';

/** What is counted as it is deleted, in the order of the receipt, with its words. */
const deletedKinds = {
  influencers: ['influencer', 'influencers'],
  images: ['image with its caption', 'images with their captions'],
  trainings: ['training with its history', 'trainings with their history'],
  models: ['model file', 'model files'],
  samples: ['sample picture', 'sample pictures'],
  objects: ['file in the store', 'files in the store'],
  consents: ['consent record', 'consent records'],
  notifications: ['notification', 'notifications'],
  sessions: ['sign-in', 'sign-ins'],
  identities: ['linked account', 'linked accounts'],
  apiTokens: ['API token', 'API tokens'],
} as const;

/** What the books keep, under a number that leads to nobody. */
const keptKinds = {
  creditLines: ['line of the credit ledger', 'lines of the credit ledger'],
  purchases: ['purchase', 'purchases'],
} as const;

export type DeletedKind = keyof typeof deletedKinds;
type KeptKind = keyof typeof keptKinds;

const count = z.int().min(0).default(0);
const counts = <K extends string>(kinds: Record<K, unknown>) =>
  Object.fromEntries(Object.keys(kinds).map((kind) => [kind, count])) as Record<K, typeof count>;

/** What a deletion has counted so far. What it has not met is 0. */
export const countsSchema = z.object({
  ...counts<DeletedKind>(deletedKinds),
  ...counts<KeptKind>(keptKinds),
  /** Credits that could have been spent and cannot be any more. */
  creditsLost: count,
});
export type DeletionCounts = z.infer<typeof countsSchema>;

/** `requested`: it works on it. `emptied`: all is deleted. `finished`: and looked for once more. */
export const deletionStates = ['requested', 'emptied', 'finished'] as const;
export type DeletionState = (typeof deletionStates)[number];

/** A deletion as its receipt tells it. Plain JSON; instants are ISO 8601, UTC. */
export interface Receipt {
  id: string;
  subject: 'influencer' | 'account';
  state: DeletionState;
  requestedAt: string;
  /** Null while something is still being deleted. */
  emptiedAt: string | null;
  finishedAt: string | null;
  counts: DeletionCounts;
}

/** How long after a deletion links that were given out before may still bring something. */
export const lastLookAfterMs = 15 * 60_000;

/** The lines of a receipt: what was deleted, how much of it. */
export function deletedLines(counts: DeletionCounts): string[] {
  return linesOf(deletedKinds, counts);
}

/** What stays, and is nobody's any more. */
export function keptLines(counts: DeletionCounts): string[] {
  return linesOf(keptKinds, counts);
}

/** What became of unspent credits; null where there were none. */
export function lostLine({ creditsLost }: DeletionCounts): string | null {
  return creditsLost > 0 ? `${formatCredits(creditsLost)} were not spent and are lost.` : null;
}

/** Both together, kind by kind. */
export function addCounts(one: DeletionCounts, other: DeletionCounts): DeletionCounts {
  return Object.fromEntries(
    Object.entries(one).map(([kind, value]) => [kind, value + other[kind as keyof DeletionCounts]]),
  ) as DeletionCounts;
}

function linesOf<K extends keyof DeletionCounts>(
  kinds: Record<K, readonly [string, string]>,
  counted: DeletionCounts,
): string[] {
  return (Object.keys(kinds) as K[])
    .filter((kind) => counted[kind] > 0)
    .map((kind) => {
      const [one, many] = kinds[kind];
      return formatCount(counted[kind], one, many);
    });
}

/** The e-mail that says good-bye to an address, in plain text and in HTML that says the same. */
export function wordReceiptEmail(link: string): { subject: string; text: string; html: string } {
  const title = 'Your Likeness account is deleted';
  const body =
    'Nobody can sign in any more. Everything of yours is being removed; the receipt lists what was deleted, when, and what the books keep. This is the last e-mail to this address.';
  return {
    subject: title,
    text: [title, '', body, '', `Receipt: ${link}`, ''].join('\n'),
    html: `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body style="margin:0;padding:24px;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;color:#1b1d20;background:#fff">
<h1 style="margin:0 0 8px;font-size:20px">${title}</h1>
<p style="margin:0 0 16px">${body}</p>
<p style="margin:0"><a href="${link}" style="color:#1b4f82">Open the receipt</a></p>
</body>
</html>
`,
  };
}
