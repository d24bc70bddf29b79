import { db } from '../db.ts';

/** A provider that cannot be worked with right now. For operators. */
export interface ProviderTrouble {
  provider: string;
  /** `config`: it refuses us (no money, a wrong key), and waits for the operator. */
  kind: 'away' | 'config';
  /** What it said last. */
  lastError: string | null;
  /** When it is asked again. */
  askedAgainAt: string;
}

/** The providers whose breaker is open; empty when all is well. */
export async function listProviderTrouble(): Promise<ProviderTrouble[]> {
  const rows = await db().gpuProvider.findMany({
    where: { openUntil: { not: null } },
    orderBy: { id: 'asc' },
  });
  return rows.flatMap(({ id, trouble, lastError, openUntil }) =>
    openUntil
      ? [
          {
            provider: id,
            kind: trouble === 'config' ? 'config' : 'away',
            lastError,
            askedAgainAt: openUntil.toISOString(),
          },
        ]
      : [],
  );
}
