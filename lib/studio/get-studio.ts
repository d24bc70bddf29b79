import type { Prisma } from '../../prisma/client/client.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { demand } from '../errors.ts';
import { chooseGenerator } from '../generation/choose-generator.ts';
import { type ImageModelId, imageModelIds, imageModels } from '../lora/rules/base-models.ts';
import { openStatuses } from '../lora/rules/lifecycle.ts';
import { usableAt } from './find-adapter.ts';

/** The character's newest model of a base model, with its files. */
export interface StudioAdapter {
  id: string;
  completedAt: string | null;
  imageCount: number;
  /** Made by the sandbox GPU: an empty adapter. */
  sandbox: boolean;
  files: { role: string; bytes: number; sha256: string }[];
}

/** An image model, and what this character has of it (Q6). */
export interface StudioModel {
  id: ImageModelId;
  label: string;
  summary: string;
  supportsLora: boolean;
  /** D14: shown with the reason, not choosable. */
  licenceMissing: boolean;
  adapter: StudioAdapter | null;
  /** The training that is under way for it. */
  open: { status: 'pending' | 'training'; step: number; totalSteps: number } | null;
}

export interface StudioView {
  character: {
    id: string;
    name: string;
    look: string;
    triggerWord: string;
    profileSetComplete: boolean;
  };
  models: StudioModel[];
  /** The generator is the sandbox: it draws placeholders. */
  sandboxGenerator: boolean;
}

/**
 * What the studio of the user's character knows besides its pictures: every image model and the
 * newest adapter of each, however many trainings there have been. NOT_FOUND for anybody else's.
 */
export async function getStudio(
  userId: string,
  characterId: string,
  now = new Date(),
): Promise<StudioView> {
  const character = await db().character.findFirst({
    where: { id: characterId, userId },
    select: { id: true, name: true, look: true, triggerWord: true, profileSetCompletedAt: true },
  });
  demand(character, 'NOT_FOUND');
  const [adapters, open] = await Promise.all([
    db().loraModel.findMany({
      where: { characterId, userId, ...usableAt(now) },
      orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      distinct: ['baseModel'],
      select: adapterFields,
    }),
    db().loraModel.findFirst({
      where: { characterId, userId, status: { in: [...openStatuses] } },
      select: { baseModel: true, status: true, step: true, trainingSteps: true },
    }),
  ]);
  const { profileSetCompletedAt, ...rest } = character;
  return {
    character: { ...rest, profileSetComplete: profileSetCompletedAt !== null },
    models: imageModelIds.map((id) => {
      const { label, summary, supportsLora, needsLicence } = imageModels[id];
      const adapter = adapters.find(({ baseModel }) => baseModel === id);
      return {
        id,
        label,
        summary,
        supportsLora,
        licenceMissing: needsLicence && env().FLUX_LICENSE_REFERENCE === '',
        adapter: adapter ? adapterView(adapter) : null,
        open:
          open?.baseModel === id
            ? {
                status: open.status === 'pending' ? 'pending' : 'training',
                step: open.step,
                totalSteps: open.trainingSteps,
              }
            : null,
      };
    }),
    sandboxGenerator: chooseGenerator().id === 'sandbox',
  };
}

const adapterFields = {
  id: true,
  baseModel: true,
  trainingCompletedAt: true,
  imageCount: true,
  externalProvider: true,
  files: { select: { role: true, bytes: true, sha256: true }, orderBy: { role: 'asc' } },
} as const satisfies Prisma.LoraModelSelect;

type AdapterRow = Prisma.LoraModelGetPayload<{ select: typeof adapterFields }>;

function adapterView(row: AdapterRow): StudioAdapter {
  return {
    id: row.id,
    completedAt: row.trainingCompletedAt?.toISOString() ?? null,
    imageCount: row.imageCount,
    sandbox: row.externalProvider === 'sandbox',
    files: row.files.map(({ role, bytes, sha256 }) => ({ role, bytes: Number(bytes), sha256 })),
  };
}
