import { expect, it } from 'vitest';
import { inTransaction } from '../db.ts';
import { makeUser } from '../testing/factories.ts';
import { grant } from './ledger.ts';
import { refuseSandboxCredits } from './refuse-sandbox-credits.ts';
import { sandboxGrantPrefix } from './rules/sandbox-credits.ts';

it('lets no real GPU be plugged in where credits lie that nobody paid for', async () => {
  const user = await makeUser({ credits: 1_000 });
  await refuseSandboxCredits();
  await inTransaction((tx) =>
    grant(tx, user.id, 1, { idempotencyKey: `${sandboxGrantPrefix}x`, memo: 'x' }),
  );
  await expect(refuseSandboxCredits()).rejects.toThrow(/this database holds sandbox credits/);
});
