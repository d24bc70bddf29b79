import { type Balance, getBalance } from '../credits/balance.ts';
import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { type TrainingView, trainingInclude, trainingView } from './training-view.ts';

/** What the browser asks for while a training runs. */
export interface TrainingStatusView {
  current: TrainingView | null;
  balance: Balance;
}

/** The newest training of the user's character, or null before the first. NOT_FOUND for others'. */
export async function getTrainingStatus(
  userId: string,
  characterId: string,
  now = new Date(),
): Promise<TrainingStatusView> {
  const [row, balance] = await Promise.all([
    db().loraModel.findFirst({
      where: { characterId, userId },
      orderBy: { createdAt: 'desc' },
      include: trainingInclude,
    }),
    getBalance(userId),
  ]);
  if (!row) {
    const character = await db().character.findFirst({
      where: { id: characterId, userId },
      select: { id: true },
    });
    if (!character) throw new DomainError('NOT_FOUND');
  }
  return { current: row ? trainingView(row, now) : null, balance };
}
