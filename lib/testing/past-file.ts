import type { Tx } from '../db.ts';
import { loraFileKey } from '../storage/keys.ts';

const sha256 = 'a'.repeat(64);

/** Where the file of a training that is only told of would lie. */
export function pastFileKey(loraModelId: string): string {
  return loraFileKey(loraModelId, 'main', sha256);
}

/** The one attempt of such a training, over and released, and the file it left; nothing is stored. */
export async function addPastFile(tx: Tx, loraModelId: string, endedAt: Date): Promise<void> {
  const attempt = await tx.trainingAttempt.create({
    data: {
      loraModelId,
      number: 1,
      provider: 'sandbox',
      jobName: `past-${loraModelId}`,
      state: 'ended',
      outcome: 'ready',
      endedAt,
      releasedAt: endedAt,
      createdAt: endedAt,
    },
  });
  await tx.loraFile.create({
    data: {
      loraModelId,
      attemptId: attempt.id,
      role: 'main',
      key: pastFileKey(loraModelId),
      bytes: 1_000,
      sha256,
      rank: 16,
      tensorCount: 1,
    },
  });
}
