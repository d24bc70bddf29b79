import type { Tx } from '../db.ts';
import type { ImageModelId } from '../lora/rules/base-models.ts';

export interface Adapter {
  loraModelId: string;
  triggerWord: string;
  files: { role: string; key: string }[];
}

/** For queries: trainings whose files are there to be used at `now` (D13). */
export function usableAt(now: Date) {
  return {
    status: 'ready' as const,
    expiredAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: now } }],
    files: { some: {} },
  };
}

const adapterFields = {
  id: true,
  triggerWord: true,
  files: { select: { role: true, key: true }, orderBy: { role: 'asc' } },
} as const;

/** The newest adapter of the character for that model, or null when there is none to use. */
export async function findAdapter(
  tx: Tx,
  wanted: { characterId: string; baseModel: ImageModelId; now: Date },
): Promise<Adapter | null> {
  const { characterId, baseModel, now } = wanted;
  const training = await tx.loraModel.findFirst({
    where: { characterId, baseModel, ...usableAt(now) },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: adapterFields,
  });
  return training && asAdapter(training);
}

/** That training's adapter, or null when it is not there any more. */
export async function readAdapter(tx: Tx, loraModelId: string): Promise<Adapter | null> {
  const training = await tx.loraModel.findFirst({
    where: { id: loraModelId, status: 'ready', expiredAt: null, files: { some: {} } },
    select: adapterFields,
  });
  return training && asAdapter(training);
}

function asAdapter({ id, ...rest }: Omit<Adapter, 'loraModelId'> & { id: string }): Adapter {
  return { loraModelId: id, ...rest };
}
