import { randomUUID } from 'node:crypto';
import type { Tx } from '../db.ts';

/**
 * Writes down that a provider is about to be asked. The job name is unique for all time: after a
 * crash our own job is found by it before another is submitted.
 */
export async function newAttempt(
  tx: Tx,
  input: { loraModelId: string; number: number; provider: string; now: Date },
): Promise<{ id: string }> {
  const id = randomUUID();
  return tx.trainingAttempt.create({
    data: {
      id,
      loraModelId: input.loraModelId,
      number: input.number,
      provider: input.provider,
      jobName: `likeness-${id}-a${input.number}`,
      nextCheckAt: input.now,
      createdAt: input.now,
    },
    select: { id: true },
  });
}
