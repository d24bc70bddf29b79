import type { LoraFile, LoraModel } from '../../prisma/client/client.ts';
import { db, inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { DomainError, demand } from '../errors.ts';
import { store } from '../storage/store.ts';
import { touchModel } from './touch-model.ts';

const linkSeconds = 300;

/** A finished file with a link that saves it under its own name. */
export interface LinkedLoraFile {
  role: string;
  fileName: string;
  bytes: number;
  sha256: string;
  url: string;
  urlExpiresAt: string;
  /** Made by the sandbox GPU: valid, but empty. */
  sandbox: boolean;
}

/**
 * A short-lived link to an adapter file, named `<character>-<base model>.safetensors`; Wan 2.2's
 * two files carry their role, a sandbox file says so in its name. It is a use: the model's removal
 * moves on (D13). NOT_FOUND for anybody else's, NO_FILE_YET before it is ready, MODEL_EXPIRED once
 * its files were removed.
 */
export async function linkLoraFile(
  userId: string,
  input: { characterId: string; loraModelId: string; role: string },
  now = new Date(),
): Promise<string> {
  const training = await findReady(userId, input);
  const file = training.files.find(({ role }) => role === input.role);
  demand(file, 'NO_FILE_YET');
  await use(training, now);
  return (await loraFileLink(training, file)).url;
}

/** Every file of a ready training, each with its link. Refuses as `linkLoraFile`. */
export async function listLoraFiles(
  userId: string,
  input: { characterId: string; loraModelId: string },
  now = new Date(),
): Promise<LinkedLoraFile[]> {
  const training = await findReady(userId, input);
  demand(training.files.length > 0, 'NO_FILE_YET');
  await use(training, now);
  return Promise.all(
    training.files.map(async (file) => ({
      role: file.role,
      bytes: Number(file.bytes),
      sha256: file.sha256,
      urlExpiresAt: new Date(now.getTime() + linkSeconds * 1_000).toISOString(),
      sandbox: training.externalProvider === 'sandbox',
      ...(await loraFileLink(training, file)),
    })),
  );
}

/** The link to one file and the name it is saved under. */
export async function loraFileLink(
  training: Pick<LoraModel, 'baseModel' | 'externalProvider'> & { character: { name: string } },
  file: Pick<LoraFile, 'role' | 'key'>,
): Promise<{ fileName: string; url: string }> {
  const name = [
    training.character.name.replace(/[^\p{L}\p{N} _.-]/gu, '').trim() || 'character',
    training.baseModel,
    file.role === 'main' ? '' : file.role,
    training.externalProvider === 'sandbox' ? 'sandbox' : '',
  ]
    .filter(Boolean)
    .join('-');
  const fileName = `${name}.safetensors`;
  const url = await store().presignGet(file.key, {
    expiresInSeconds: linkSeconds,
    fileName,
    contentType: 'application/octet-stream',
  });
  return { fileName, url };
}

async function findReady(
  userId: string,
  { characterId, loraModelId }: { characterId: string; loraModelId: string },
) {
  const training = await db().loraModel.findFirst({
    where: { id: loraModelId, characterId, userId },
    include: { files: { orderBy: { role: 'asc' } }, character: { select: { name: true } } },
  });
  if (!training) throw new DomainError('NOT_FOUND');
  demand(training.status === 'ready', 'NO_FILE_YET');
  demand(!training.expiredAt, 'MODEL_EXPIRED', { unusedDays: env().LORA_EXPIRY_DAYS });
  return training;
}

/** Refuses MODEL_EXPIRED when the housekeeping was quicker. */
async function use({ id }: { id: string }, now: Date): Promise<void> {
  const used = await inTransaction((tx) => touchModel(tx, id, now));
  demand(used, 'MODEL_EXPIRED', { unusedDays: env().LORA_EXPIRY_DAYS });
}
