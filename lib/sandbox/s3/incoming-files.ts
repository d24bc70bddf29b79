import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A complete file that waits to be moved to its place. */
export interface IncomingFile {
  path: string;
  bytes: number;
}

/**
 * The folder where bodies arrive. A file leaves it by one rename, after it is whole and on disk,
 * so a process that dies at any moment leaves litter here and nothing half-done elsewhere.
 */
export class IncomingFiles {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Empties the folder: nothing of an earlier process is still arriving. */
  async clear(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
  }

  /**
   * Writes `chunks` with flat memory; leaves nothing when they fail. Synced to disk unless the
   * file is `passing`: one that a power cut may take, because it is checked or sent again.
   */
  async receive(
    chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
    lifetime: 'lasting' | 'passing' = 'lasting',
  ): Promise<IncomingFile> {
    const path = join(this.folder, randomUUID());
    const file = await open(path, 'wx', 0o600);
    try {
      let bytes = 0;
      for await (const chunk of chunks) {
        await file.writeFile(chunk);
        bytes += chunk.length;
      }
      if (lifetime === 'lasting') await file.sync();
      await file.close();
      return { path, bytes };
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

/** Makes the renames in a folder durable; a folder that is gone needs none of that. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder as a file.
  if (process.platform === 'win32') return;
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** Whether the system failed with that code, such as ENOENT. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
