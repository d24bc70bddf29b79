import { recordAct } from '../acts/record-act.ts';
import type { CreatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { countTry } from './limits.ts';
import { hashPassword, passwordMatches } from './passwords.ts';

/**
 * Sets another password and signs out everywhere else: whoever knew the old one is out. API tokens go
 * on; each is revoked by itself. Refuses WRONG_PASSWORD, also for an account that signs in without
 * one, and TOO_MANY_REQUESTS.
 */
export async function changePassword(
  ctx: CreatorContext,
  input: { currentPassword: string; newPassword: string; sessionId: string },
): Promise<void> {
  const { userId } = ctx.actor;
  await countTry('changePassword', userId);
  const { passwordHash: stored } = await db().user.findUniqueOrThrow({ where: { id: userId } });
  demand(await passwordMatches(stored, input.currentPassword), 'WRONG_PASSWORD');
  const passwordHash = await hashPassword(input.newPassword);
  await inTransaction(async (tx) => {
    // Of two at once the second no longer knows the current one.
    const { count } = await tx.user.updateMany({
      where: { id: userId, passwordHash: stored },
      data: { passwordHash },
    });
    demand(count === 1, 'WRONG_PASSWORD');
    await tx.session.deleteMany({ where: { userId, id: { not: input.sessionId } } });
    await recordAct(tx, { kind: 'password.changed', by: ctx.actor, userId, at: ctx.now });
  });
}

/** Whether this account signs in with a password at all. */
export async function hasPassword(userId: string): Promise<boolean> {
  return (await db().user.count({ where: { id: userId, passwordHash: { not: null } } })) === 1;
}
