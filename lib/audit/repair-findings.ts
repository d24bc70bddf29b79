import { db, inTransaction } from '../db.ts';
import { enqueue, openQueue } from '../jobs/queue.ts';
import { stuckProblems } from './audit-trainings.ts';
import type { Finding } from './finding.ts';

const bells = {
  submitting: 'lora.attempt.submit',
  submitted: 'lora.attempt.observe',
  ended: 'lora.attempt.release',
} as const;

/**
 * Rings the bell of every attempt that a finding says stands still, and of the attempts of trainings
 * past their deadline; the worker then does what it always does with them. Returns how many bells were
 * rung. Nothing else is repaired: what is wrong with money, files or foreign jobs is for a person.
 */
export async function repairFindings(findings: readonly Finding[]): Promise<number> {
  const idsOf = (problems: readonly string[]) =>
    findings.filter(({ problem }) => problems.includes(problem)).map(({ id }) => id);
  const attempts = await db().trainingAttempt.findMany({
    where: {
      OR: [
        { id: { in: idsOf(stuckProblems) } },
        { loraModelId: { in: idsOf(['training past its deadline']) }, state: { not: 'ended' } },
      ],
    },
    select: { id: true, state: true },
  });
  await openQueue();
  for (const { id, state } of attempts) {
    await inTransaction((tx) => enqueue(tx, bells[state], { attemptId: id }));
  }
  return attempts.length;
}
