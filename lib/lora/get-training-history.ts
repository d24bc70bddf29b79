import { db } from '../db.ts';
import { type TrainingView, trainingInclude, trainingView } from './training-view.ts';

export const trainingsPerPage = 20;

/** A page of a character's history, newest first. */
export interface TrainingHistoryView {
  trainings: TrainingView[];
  /** From 1. */
  page: number;
  pageCount: number;
  total: number;
}

/**
 * One page of the trainings of the user's character; a page past the end is the last one. Empty for
 * anybody else's: the caller says NOT_FOUND.
 */
export async function getTrainingHistory(
  userId: string,
  characterId: string,
  wantedPage = 1,
  now = new Date(),
): Promise<TrainingHistoryView> {
  const mine = { characterId, userId };
  const total = await db().loraModel.count({ where: mine });
  const pageCount = Math.max(1, Math.ceil(total / trainingsPerPage));
  const page = Math.min(Math.max(1, Math.trunc(wantedPage) || 1), pageCount);
  const rows = await db().loraModel.findMany({
    where: mine,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    skip: (page - 1) * trainingsPerPage,
    take: trainingsPerPage,
    include: trainingInclude,
  });
  return { trainings: rows.map((row) => trainingView(row, now)), page, pageCount, total };
}
