import type { Prisma } from '../../prisma/client/client.ts';
import { type Actor, actorName } from '../context.ts';
import type { Tx } from '../db.ts';
import { canMove, type TrainingStatus } from './rules/lifecycle.ts';

/**
 * The only writer of a training's status. A conditional update: true when this call moved it,
 * false when somebody else had moved it already, so that the loser does nothing (D7).
 */
export async function transition(
  tx: Tx,
  loraModelId: string,
  from: TrainingStatus,
  to: TrainingStatus,
  by: {
    actor: Actor;
    reason?: string;
    data?: Omit<Prisma.LoraModelUpdateManyMutationInput, 'status'>;
  },
): Promise<boolean> {
  if (!canMove(from, to)) return false;
  const { count } = await tx.loraModel.updateMany({
    where: { id: loraModelId, status: from },
    data: { ...by.data, status: to },
  });
  if (count === 0) return false;
  await recordTransition(tx, loraModelId, from, to, by);
  return true;
}

/** Writes one line of a training's history; `from` is null for its beginning. */
export async function recordTransition(
  tx: Tx,
  loraModelId: string,
  from: TrainingStatus | null,
  to: TrainingStatus,
  by: { actor: Actor; reason?: string },
): Promise<void> {
  await tx.trainingTransition.create({
    data: {
      loraModelId,
      fromStatus: from,
      toStatus: to,
      actor: actorName(by.actor),
      reason: by.reason,
    },
  });
}
