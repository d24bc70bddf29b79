import { db } from '../db.ts';
import { log } from '../log.ts';
import { incomingOwnerPrefix } from '../storage/keys.ts';
import { store } from '../storage/store.ts';

/** At one call to the store. */
const atOnce = 500;

/** Removes every object under `prefix`; returns how many there were. Safe to repeat. */
export async function removeUnder(prefix: string): Promise<number> {
  return removeListed(prefix, async (keys) => keys);
}

/**
 * Removes what was uploaded for `ownerId` and belongs to no image any more, and ends uploads in parts
 * of that kind. A link that was given out before a deletion can bring such things after it.
 */
export async function removeStrays(ownerId: string): Promise<number> {
  const prefix = incomingOwnerPrefix(ownerId);
  await endUploads(prefix);
  return removeListed(prefix, ofNoImage);
}

async function endUploads(prefix: string): Promise<void> {
  try {
    for await (const { key, uploadId } of store().listUploads(prefix)) {
      if ((await ofNoImage([key])).length > 0) await store().abortUpload(key, uploadId);
    }
  } catch (error) {
    // There are stores that do not tell which uploads are open; one that is away fails below.
    log().warn({ error }, 'open uploads could not be listed');
  }
}

async function removeListed(
  prefix: string,
  choose: (keys: string[]) => Promise<string[]>,
): Promise<number> {
  let removed = 0;
  let keys: string[] = [];
  const remove = async () => {
    const chosen = await choose(keys);
    if (chosen.length > 0) await store().remove(chosen);
    removed += chosen.length;
    keys = [];
  };
  for await (const { key } of store().list(prefix)) {
    keys.push(key);
    if (keys.length === atOnce) await remove();
  }
  await remove();
  return removed;
}

/** Those of `keys` whose image is not there any more, or nobody's. */
async function ofNoImage(keys: string[]): Promise<string[]> {
  const idOf = (key: string) => key.slice(key.lastIndexOf('/') + 1);
  const known = await db().characterImage.findMany({
    where: { id: { in: keys.map(idOf) }, userId: { not: null } },
    select: { id: true },
  });
  const ids = new Set(known.map(({ id }) => id));
  return keys.filter((key) => !ids.has(idOf(key)));
}
