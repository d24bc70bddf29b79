import { getBalance } from '../credits/balance.ts';
import { db } from '../db.ts';
import { openStatuses } from '../lora/rules/lifecycle.ts';

/** What somebody has who may be about to delete the account. */
export interface AccountHoldings {
  influencers: number;
  openTrainings: number;
  availableCredits: number;
}

export async function accountHoldings(userId: string): Promise<AccountHoldings> {
  const [influencers, openTrainings, { availableCredits }] = await Promise.all([
    db().character.count({ where: { userId } }),
    db().loraModel.count({ where: { userId, status: { in: [...openStatuses] } } }),
    getBalance(userId),
  ]);
  return { influencers, openTrainings, availableCredits };
}
