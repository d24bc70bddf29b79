import { db } from '../db.ts';
import { DomainError } from '../errors.ts';
import { store } from '../storage/store.ts';

/**
 * A short-lived link to an adapter file, named `<character>-<base model>.safetensors`; Wan 2.2's
 * two files carry their role, a sandbox file says so in its name. NOT_FOUND for anybody else's,
 * NO_FILE_YET before it is ready.
 */
export async function linkLoraFile(
  userId: string,
  input: { characterId: string; loraModelId: string; role: string },
): Promise<string> {
  const training = await db().loraModel.findFirst({
    where: { id: input.loraModelId, characterId: input.characterId, userId },
    include: { files: true, character: { select: { name: true } } },
  });
  if (!training) throw new DomainError('NOT_FOUND');
  const file = training.files.find(({ role }) => role === input.role);
  if (training.status !== 'ready' || !file) throw new DomainError('NO_FILE_YET');
  const name = [
    training.character.name.replace(/[^\p{L}\p{N} _.-]/gu, '').trim() || 'character',
    training.baseModel,
    file.role === 'main' ? '' : file.role,
    training.externalProvider === 'sandbox' ? 'sandbox' : '',
  ]
    .filter(Boolean)
    .join('-');
  return store().presignGet(file.key, {
    expiresInSeconds: 300,
    fileName: `${name}.safetensors`,
    contentType: 'application/octet-stream',
  });
}
