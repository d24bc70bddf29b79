import { recordAct } from '../acts/record-act.ts';
import { detachCharacter, lockTrainings } from '../characters/detach-character.ts';
import type { CreatorContext } from '../context.ts';
import { inTransaction, type Tx } from '../db.ts';
import { env } from '../env.ts';
import { demand } from '../errors.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { forgetTries } from './limits.ts';

/**
 * Deletes an account with everything of it (decisions, "Deleting"). Its sign-ins, tokens, notices and
 * the address itself are gone when this returns; influencers follow as when they are deleted one by
 * one. The books stay, under an account number that leads to nobody; unspent credits are lost.
 * Returns the deletion's id. Of two at once the second finds nobody: NOT_FOUND.
 *
 * Refuses NAME_DIFFERS where the confirmation given is not the e-mail address.
 */
export async function deleteAccount(
  ctx: CreatorContext,
  { confirmation }: { confirmation?: string } = {},
): Promise<{ deletionId: string }> {
  const { userId } = ctx.actor;
  await openQueue();
  return inTransaction(async (tx) => {
    const user = await tx.user.findUnique({ where: { id: userId } });
    demand(user, 'NOT_FOUND');
    demand(confirmation === undefined || isAddress(confirmation, user.email), 'NAME_DIFFERS');
    // Before the account and its money, as trainings are written.
    await lockTrainings(tx, userId);
    const before = await lockCharacters(tx, userId);
    const [deletion] = await tx.deletion.createManyAndReturn({
      data: {
        subject: 'account',
        subjectId: userId,
        ownerId: userId,
        mailTo: env().MAIL_TRANSPORT === 'off' ? null : user.email,
        requestedAt: ctx.now,
        nextCheckAt: ctx.now,
      },
      skipDuplicates: true,
      select: { id: true },
    });
    demand(deletion, 'NOT_FOUND');
    for (const id of before) await detachCharacter(tx, ctx, { id, userId }, deletion.id);

    await tx.$queryRaw`SELECT FROM purchases WHERE user_id = ${userId}::uuid ORDER BY id FOR UPDATE`;
    await tx.$queryRaw`SELECT FROM credit_accounts WHERE user_id = ${userId}::uuid FOR UPDATE`;
    // From here on nobody adds anything to the account.
    await tx.$queryRaw`SELECT FROM users WHERE id = ${userId}::uuid FOR UPDATE`;
    for (const id of await lockCharacters(tx, userId)) {
      await detachCharacter(tx, ctx, { id, userId }, deletion.id);
    }
    await tx.deletion.update({
      where: { id: deletion.id },
      data: { counts: await countAccount(tx, userId) },
    });
    await forgetTries(tx, [userId, user.email]);
    // Sessions, tokens, identities, notices, e-mails and kept answers go with it; its credit account
    // and its purchases stay and are nobody's.
    await tx.user.delete({ where: { id: userId } });
    await recordAct(tx, { kind: 'account.deleted', by: ctx.actor, userId, at: ctx.now });
    await enqueue(tx, 'deletions.advance', { deletionId: deletion.id });
    return { deletionId: deletion.id };
  });
}

function isAddress(typed: string, email: string): boolean {
  return typed.trim().toLowerCase() === email;
}

async function lockCharacters(tx: Tx, userId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM characters WHERE user_id = ${userId}::uuid ORDER BY id FOR UPDATE`;
  return rows.map(({ id }) => id);
}

async function countAccount(tx: Tx, userId: string) {
  const mine = { where: { userId } };
  const account = await tx.creditAccount.findUnique(mine);
  return {
    sessions: await tx.session.count(mine),
    identities: await tx.identity.count(mine),
    apiTokens: await tx.apiToken.count(mine),
    notifications: await tx.notification.count(mine),
    purchases: await tx.purchase.count(mine),
    creditLines: account?.lineCount ?? 0,
    creditsLost: Number(account?.available ?? 0n),
  };
}
