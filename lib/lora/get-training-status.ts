import { type Balance, balanceOf, getBalance } from '../credits/balance.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { type TrainingView, trainingInclude, trainingView } from './training-view.ts';

/** What the browser asks for while a training runs. */
export interface TrainingStatusView {
  current: TrainingView | null;
  balance: Balance;
}

/**
 * The newest training of the user's character, or null before the first, with the balance: one
 * query, as browsers ask every few seconds. NOT_FOUND for others'.
 */
export async function getTrainingStatus(
  userId: string,
  characterId: string,
  now = new Date(),
): Promise<TrainingStatusView> {
  const row = await db().loraModel.findFirst({
    relationLoadStrategy: 'join',
    where: { characterId, userId },
    orderBy: { createdAt: 'desc' },
    include: {
      ...trainingInclude,
      user: { select: { creditAccount: { select: { available: true, reserved: true } } } },
    },
  });
  if (row)
    return { current: trainingView(row, now), balance: balanceOf(row.user?.creditAccount ?? null) };
  const character = await db().character.findFirst({
    where: { id: characterId, userId },
    select: { id: true },
  });
  if (!character) throw new DomainError('NOT_FOUND');
  return { current: null, balance: await getBalance(userId) };
}
