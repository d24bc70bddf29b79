import { db } from '../db.ts';
import { demand } from '../errors.ts';
import { store } from '../storage/store.ts';

const linkSeconds = 300;

/**
 * A link to a sample of the user's training that works for five minutes, for anybody who holds it.
 * NOT_FOUND for anybody else's.
 */
export async function linkSample(
  userId: string,
  input: { characterId: string; loraModelId: string; sampleId: string },
  size: 'thumb' | 'full',
): Promise<string> {
  const { characterId, loraModelId, sampleId } = input;
  const sample = await db().trainingSample.findFirst({
    where: { id: sampleId, loraModelId, loraModel: { characterId, userId } },
    select: { key: true },
  });
  demand(sample, 'NOT_FOUND');
  const key =
    size === 'full' ? sample.key : sample.key.replace(/-display\.webp$/, '-thumbnail.webp');
  return store().presignGet(key, { expiresInSeconds: linkSeconds, contentType: 'image/webp' });
}
