import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A complete file that waits to be moved to its place. */
export interface IncomingFile {
  path: string;
  bytes: number;
  /** Hex. */
  md5: string;
}

/**
 * The folder where bodies arrive. A file leaves it by one rename, after it is whole and on disk,
 * so a process that dies at any moment leaves litter here and nothing half-done elsewhere.
 */
export class IncomingFiles {
  constructor(readonly folder: string) {}

  /** Empties the folder: nothing of an earlier process is still arriving. */
  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  /** Writes `chunks` with flat memory and syncs them to disk; leaves nothing when they fail. */
  async receive(chunks: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<IncomingFile> {
    const path = join(this.folder, randomUUID());
    const file = await open(path, 'wx', 0o600);
    try {
      const md5 = createHash('md5');
      let bytes = 0;
      for await (const chunk of chunks) {
        md5.update(chunk);
        await file.writeFile(chunk);
        bytes += chunk.length;
      }
      await file.sync();
      await file.close();
      return { path, bytes, md5: md5.digest('hex') };
    } catch (error) {
      await file.close().catch(() => {});
      await rm(path, { force: true });
      throw error;
    }
  }

  /** Forgets a file that is not wanted after all. */
  async discard(file: IncomingFile): Promise<void> {
    await rm(file.path, { force: true });
  }
}

/** Makes the renames in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file; its renames need no sync.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
