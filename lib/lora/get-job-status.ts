import { getBalance } from '../credits/balance.ts';
import { db } from '../db.ts';
import { demand } from '../errors.ts';
import type { TrainingStatusView } from './get-training-status.ts';
import { trainingInclude, trainingView } from './training-view.ts';

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * How one training of the user's is doing, found by what its start called the job: our attempt, the
 * provider's own id, or the training itself (D5). NOT_FOUND for anybody else's.
 */
export async function getJobStatus(
  userId: string,
  jobId: string,
  now = new Date(),
): Promise<TrainingStatusView> {
  const ours = uuidPattern.test(jobId)
    ? [{ id: jobId }, { attempts: { some: { id: jobId } } }]
    : [];
  const [row, balance] = await Promise.all([
    db().loraModel.findFirst({
      where: {
        userId,
        OR: [...ours, { externalJobId: jobId }, { attempts: { some: { externalJobId: jobId } } }],
      },
      orderBy: { createdAt: 'desc' },
      include: trainingInclude,
    }),
    getBalance(userId),
  ]);
  demand(row, 'NOT_FOUND');
  return { current: trainingView(row, now), balance };
}
