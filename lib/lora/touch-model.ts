import type { Tx } from '../db.ts';
import { env } from '../env.ts';

const dayMs = 86_400_000;

/** When a model that is used at `now` for the last time is removed (D13). */
export function expiryFrom(now: Date): Date {
  return new Date(now.getTime() + env().LORA_EXPIRY_DAYS * dayMs);
}

/**
 * Notes that a ready model is being used: its removal moves on, and what was told about it is taken
 * back, to be told again when it is due again. False when its files are gone or going, or when it is
 * no ready model; then it must not be used. Whose it is is for the caller to know.
 */
export async function touchModel(tx: Tx, loraModelId: string, now: Date): Promise<boolean> {
  const { count } = await tx.loraModel.updateMany({
    where: { id: loraModelId, status: 'ready', expiredAt: null },
    data: { expiresAt: expiryFrom(now) },
  });
  if (count === 0) return false;
  await tx.notification.deleteMany({
    where: {
      subjectId: loraModelId,
      type: { in: ['lora.model.expiring', 'lora.model.expiring-soon'] },
    },
  });
  return true;
}
