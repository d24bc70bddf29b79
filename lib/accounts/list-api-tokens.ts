import type { ApiToken } from '../../prisma/client/client.ts';
import { db } from '../db.ts';

/** A token as its owner sees it. Plain JSON; instants are ISO 8601, UTC. */
export interface ApiTokenView {
  id: string;
  name: string;
  /** Its last four characters. */
  hint: string;
  createdAt: string;
  /** To the minute; null before the first use. */
  lastUsedAt: string | null;
}

/** The user's tokens that are not revoked, newest first. */
export async function listApiTokens(userId: string): Promise<ApiTokenView[]> {
  const rows = await db().apiToken.findMany({
    where: { userId, revokedAt: null },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
  });
  return rows.map(apiTokenView);
}

export function apiTokenView(row: ApiToken): ApiTokenView {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
  };
}
