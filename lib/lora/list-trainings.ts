import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { type TrainingView, trainingInclude, trainingView } from './training-view.ts';

const pageSize = 20;

/**
 * A page of the trainings of the user's character, newest first. `before` is the id of the last
 * training of the page before; `nextBefore` is null on the last page. NOT_FOUND for anybody else's.
 */
export async function listTrainings(
  userId: string,
  { characterId, before }: { characterId: string; before?: string },
  now = new Date(),
): Promise<{ trainings: TrainingView[]; nextBefore: string | null }> {
  const mine = { characterId, userId };
  const [character, last] = await Promise.all([
    db().character.findFirst({ where: { id: characterId, userId }, select: { id: true } }),
    before && db().loraModel.findFirst({ where: { id: before, ...mine }, select: { id: true } }),
  ]);
  demand(character && (!before || last), 'NOT_FOUND');
  const rows = await db().loraModel.findMany({
    where: mine,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    ...(before && { cursor: { id: before }, skip: 1 }),
    take: pageSize + 1,
    include: trainingInclude,
  });
  const page = rows.slice(0, pageSize);
  return {
    trainings: page.map((row) => trainingView(row, now)),
    nextBefore: rows.length > pageSize ? (page.at(-1)?.id ?? null) : null,
  };
}

/** One training of the user's character. NOT_FOUND for anybody else's. */
export async function getTraining(
  userId: string,
  { characterId, loraModelId }: { characterId: string; loraModelId: string },
  now = new Date(),
): Promise<TrainingView> {
  const row = await db().loraModel.findFirst({
    where: { id: loraModelId, characterId, userId },
    include: trainingInclude,
  });
  demand(row, 'NOT_FOUND');
  return trainingView(row, now);
}
