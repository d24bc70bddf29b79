/**
 * The files of a drop, those inside dropped folders too, in the order of their names. What the
 * system hides in folders is left out.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // Both must be asked for before the event ends.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const found: File[] = [];
  for (const entry of entries) if (entry) await collect(entry, found);
  return found;
}

async function collect(entry: FileSystemEntry, found: File[]): Promise<void> {
  if (isFile(entry)) {
    const file = await new Promise<File | null>((resolve) =>
      entry.file(resolve, () => resolve(null)),
    );
    if (file) found.push(file);
    return;
  }
  const children = await readFolder(entry as FileSystemDirectoryEntry);
  for (const child of children) {
    if (!/^(\.|thumbs\.db$|desktop\.ini$)/i.test(child.name)) await collect(child, found);
  }
}

/** A folder tells its entries in batches, until one is empty. */
async function readFolder(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve) =>
      reader.readEntries(resolve, () => resolve([])),
    );
    if (batch.length === 0) break;
    entries.push(...batch);
  }
  return entries.sort((one, other) => one.name.localeCompare(other.name, 'en', { numeric: true }));
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}
