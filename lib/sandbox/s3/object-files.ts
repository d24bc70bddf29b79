import { randomUUID } from 'node:crypto';
import {
  access,
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  unlink,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type IncomingFile, IncomingFiles, isCode, syncFolder } from './incoming-files.ts';
import { foldersOfPrefix, keyOfPath, pathOfKey } from './key-path.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { S3Error } from './s3-error.ts';

/** What is known of an object; the sidecar file holds exactly this. */
export interface ObjectRecord {
  bytes: number;
  /** Without quotes. */
  etag: string;
  /** ISO 8601, whole seconds: HTTP dates know no finer. */
  lastModified: string;
  /** Headers to give back on GET: content-type, cache-control, `x-amz-meta-*` and so on. */
  headers: Record<string, string>;
  /** `x-amz-checksum-*`, base64. */
  checksums: Record<string, string>;
  /** Name of the body's file, beside the sidecar. */
  body: string;
}

export interface NewObject {
  file: IncomingFile;
  etag: string;
  headers: Record<string, string>;
  checksums: Record<string, string>;
}

/** Refuses a write: called with what the key holds at that moment. */
export type WriteCondition = (current: ObjectRecord | null) => void;

const bucketName = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * Buckets and objects as files. The sidecar `<name>.json` is the object; it names the file with
 * its body, and replacing it is one rename. So an object is always the old one or the new one.
 *
 *     <folder>/incoming/                          arriving
 *     <folder>/buckets/<bucket>/cors.json
 *     <folder>/buckets/<bucket>/uploads/          multipart uploads
 *     <folder>/buckets/<bucket>/objects/<key>.json, <key>.<id>.body
 */
export class ObjectFiles {
  readonly incoming: IncomingFiles;
  readonly #bucketsFolder: string;
  readonly #oneAtATime = new OneAtATime();

  constructor(folder: string) {
    this.incoming = new IncomingFiles(join(folder, 'incoming'));
    this.#bucketsFolder = join(folder, 'buckets');
  }

  /** Prepares the folders and clears what a killed process left behind. */
  async recover(): Promise<void> {
    await this.incoming.clear();
    await mkdir(this.#bucketsFolder, { recursive: true, mode: 0o700 });
    for (const bucket of await this.buckets()) {
      await removeOrphanedBodies(this.#objectsFolder(bucket));
    }
  }

  async buckets(): Promise<string[]> {
    return (await readdir(this.#bucketsFolder)).filter((name) => bucketName.test(name)).sort();
  }

  /** The folder of an existing bucket; throws NoSuchBucket. */
  async bucketFolder(bucket: string): Promise<string> {
    demandBucketName(bucket);
    if (await this.hasBucket(bucket)) return join(this.#bucketsFolder, bucket);
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist.');
  }

  async hasBucket(bucket: string): Promise<boolean> {
    return bucketName.test(bucket) && (await isThere(join(this.#bucketsFolder, bucket)));
  }

  async createBucket(bucket: string): Promise<void> {
    const folder = join(this.#bucketsFolder, demandBucketName(bucket));
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      throw new S3Error('BucketAlreadyOwnedByYou', 'You already own this bucket.');
    }
    await syncFolder(this.#bucketsFolder);
  }

  async removeBucket(bucket: string): Promise<void> {
    const folder = await this.bucketFolder(bucket);
    if ((await this.keys(bucket, '')).length > 0) {
      throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty.');
    }
    await rm(folder, { recursive: true, force: true });
  }

  async find(bucket: string, key: string): Promise<ObjectRecord | null> {
    const { folder, name } = this.#place(bucket, key);
    const text = await readIfThere(join(folder, `${name}.json`));
    return text === null ? null : (JSON.parse(text) as ObjectRecord);
  }

  /** The record and its open body, or null. The caller closes `file`. */
  async open(
    bucket: string,
    key: string,
  ): Promise<{ record: ObjectRecord; file: FileHandle } | null> {
    for (;;) {
      const record = await this.find(bucket, key);
      if (record === null) return null;
      try {
        const file = await open(join(this.#place(bucket, key).folder, record.body), 'r');
        return { record, file };
      } catch (error) {
        // Replaced or removed since the sidecar was read: the sidecar knows better now.
        const now = await this.find(bucket, key);
        if (!isCode(error, 'ENOENT') || now?.body === record.body) throw error;
      }
    }
  }

  /** Makes `object` the content of `key`, in one step; `condition` may refuse by throwing. */
  async put(
    bucket: string,
    key: string,
    object: NewObject,
    condition: WriteCondition = () => {},
  ): Promise<ObjectRecord> {
    const { folder, name } = this.#place(bucket, key);
    const record: ObjectRecord = {
      bytes: object.file.bytes,
      etag: object.etag,
      lastModified: new Date(Math.floor(Date.now() / 1000) * 1000).toISOString(),
      headers: object.headers,
      checksums: object.checksums,
      body: `${name}.${randomUUID()}.body`,
    };
    const sidecar = await this.incoming.receive([Buffer.from(JSON.stringify(record))]);
    try {
      await this.#oneAtATime.run(`${bucket}/${key}`, async () => {
        const previous = await this.find(bucket, key);
        condition(previous);
        await moveInto(folder, object.file.path, record.body);
        await rename(sidecar.path, join(folder, `${name}.json`));
        await syncFolder(folder);
        if (previous) await rm(join(folder, previous.body), { force: true });
      });
    } catch (error) {
      await this.incoming.discard(object.file);
      await this.incoming.discard(sidecar);
      throw error;
    }
    return record;
  }

  /** Removes what exists of `keys`. */
  async remove(bucket: string, keys: string[]): Promise<void> {
    const touched = new Set<string>();
    for (const key of keys) {
      const { folder, name } = this.#place(bucket, key);
      await this.#oneAtATime.run(`${bucket}/${key}`, async () => {
        const record = await this.find(bucket, key);
        if (record === null) return;
        await unlink(join(folder, `${name}.json`));
        await rm(join(folder, record.body), { force: true });
        touched.add(await this.#removeEmptyFolders(bucket, pathOfKey(key).folders));
      });
    }
    for (const folder of touched) await syncFolder(folder);
  }

  /** Every key that starts with `prefix`, in S3's order (UTF-8 bytes). */
  async keys(bucket: string, prefix: string): Promise<string[]> {
    const found: { key: string; bytes: Buffer }[] = [];
    const visit = async (folders: string[]): Promise<void> => {
      const entries = await entriesOf(join(this.#objectsFolder(bucket), ...folders));
      for (const entry of entries ?? []) {
        if (entry.isDirectory()) {
          await visit([...folders, entry.name]);
        } else if (entry.name.endsWith('.json')) {
          const key = keyOfPath(folders, entry.name.slice(0, -'.json'.length));
          if (key.startsWith(prefix)) found.push({ key, bytes: Buffer.from(key) });
        }
      }
    };
    await visit(foldersOfPrefix(prefix));
    return found.sort((one, other) => one.bytes.compare(other.bytes)).map(({ key }) => key);
  }

  #objectsFolder(bucket: string): string {
    return join(this.#bucketsFolder, demandBucketName(bucket), 'objects');
  }

  #place(bucket: string, key: string): { folder: string; name: string } {
    if (Buffer.byteLength(key) > 1024) {
      throw new S3Error('KeyTooLongError', 'Your key is too long.');
    }
    const { folders, name } = pathOfKey(key);
    return { folder: join(this.#objectsFolder(bucket), ...folders), name };
  }

  /** Tidies up from the innermost folder; returns the first that stays. */
  async #removeEmptyFolders(bucket: string, folders: string[]): Promise<string> {
    for (let depth = folders.length; depth > 0; depth--) {
      const folder = join(this.#objectsFolder(bucket), ...folders.slice(0, depth));
      try {
        await rmdir(folder);
      } catch {
        return folder;
      }
    }
    return this.#objectsFolder(bucket);
  }
}

/** Moves a file into a folder that another request may be tidying away at this moment. */
async function moveInto(folder: string, path: string, name: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await rename(path, join(folder, name));
      return;
    } catch (error) {
      if (!isCode(error, 'ENOENT') || attempt === 10) throw error;
    }
  }
}

/** Bodies that no sidecar names: their write or removal was cut off between two steps. */
async function removeOrphanedBodies(folder: string): Promise<void> {
  const entries = (await entriesOf(folder)) ?? [];
  const bodies = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.isDirectory()) await removeOrphanedBodies(join(folder, entry.name));
    const [name = '', , suffix] = entry.name.split('.');
    if (suffix === 'body') bodies.set(name, [...(bodies.get(name) ?? []), entry.name]);
  }
  const sidecars = new Set(entries.map((entry) => entry.name));
  for (const [name, files] of bodies) {
    if (files.length === 1 && sidecars.has(`${name}.json`)) continue;
    const sidecar = await readIfThere(join(folder, `${name}.json`));
    const kept = sidecar === null ? null : (JSON.parse(sidecar) as ObjectRecord).body;
    for (const file of files) if (file !== kept) await rm(join(folder, file), { force: true });
  }
}

function demandBucketName(bucket: string): string {
  if (!bucketName.test(bucket)) {
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.');
  }
  return bucket;
}

/** The entries of a folder, or null when there is none. */
async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** The text of a file, or null when there is none. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}
