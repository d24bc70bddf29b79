import { randomUUID } from 'node:crypto';
import type { Tx } from '../db.ts';

/** How the names of all our jobs begin: two installations may share one account at a provider. */
export async function jobNamePrefix(tx: Tx): Promise<string> {
  const { id } = await tx.installation.findFirstOrThrow();
  return `likeness-${id}-`;
}

/**
 * Writes down that a provider is about to be asked. The job name is unique for all time: after a
 * crash our own job is found by it before another is submitted.
 */
export async function newAttempt(
  tx: Tx,
  input: {
    loraModelId: string;
    number: number;
    provider: string;
    endpoint: string | null;
    now: Date;
  },
): Promise<{ id: string }> {
  const id = randomUUID();
  return tx.trainingAttempt.create({
    data: {
      id,
      loraModelId: input.loraModelId,
      number: input.number,
      provider: input.provider,
      endpoint: input.endpoint,
      jobName: `${await jobNamePrefix(tx)}${id}-a${input.number}`,
      nextCheckAt: input.now,
      createdAt: input.now,
    },
    select: { id: true },
  });
}
