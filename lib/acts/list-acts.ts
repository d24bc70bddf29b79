import { db } from '../db.ts';
import { actWords, shownActs } from './rules/act-words.ts';

/** Something that happened to an account, in its owner's words. Plain JSON; UTC. */
export interface ActView {
  id: string;
  words: string;
  at: string;
}

const shownCount = 20;

/** The newest of what concerns the safety of somebody's own account. */
export async function listActs(userId: string): Promise<ActView[]> {
  const rows = await db().act.findMany({
    where: { userId, kind: { in: shownActs } },
    orderBy: { id: 'desc' },
    take: shownCount,
  });
  return rows.map(({ id, kind, createdAt }) => ({
    id: String(id),
    words: (actWords as Record<string, string | null>)[kind] ?? '',
    at: createdAt.toISOString(),
  }));
}
