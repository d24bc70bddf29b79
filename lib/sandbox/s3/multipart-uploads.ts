import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hashed } from './checksums.ts';
import type { IncomingFile } from './incoming-files.ts';
import {
  type ObjectFiles,
  type ObjectRecord,
  readIfThere,
  type WriteCondition,
} from './object-files.ts';
import { OneAtATime } from './one-at-a-time.ts';
import type { BodyDigests } from './request-body.ts';
import { S3Error } from './s3-error.ts';

const smallestPartBytes = 5 * 1024 ** 2;
const abandonedAfterMs = 7 * 24 * 60 * 60 * 1000;

interface Upload {
  key: string;
  headers: Record<string, string>;
  startedAt: string;
}

/** A part that has arrived. */
export interface Part {
  number: number;
  bytes: number;
  etag: string;
  lastModified: string;
  checksums: Record<string, string>;
  body: string;
}

/**
 * Multipart uploads, each a folder `uploads/<id>` with `upload.json` and two files a part. The
 * object appears in one step when the upload is completed; until then nobody sees any of it.
 */
export class MultipartUploads {
  readonly #objects: ObjectFiles;
  readonly #oneAtATime = new OneAtATime();

  constructor(objects: ObjectFiles) {
    this.#objects = objects;
  }

  /** Removes uploads that were given up more than a week ago. */
  async removeAbandoned(): Promise<void> {
    for (const bucket of await this.#objects.buckets()) {
      const folder = join(await this.#objects.bucketFolder(bucket), 'uploads');
      for (const id of await readdir(folder).catch(() => [])) {
        const text = await readIfThere(join(folder, id, 'upload.json'));
        const startedAt = text === null ? 0 : Date.parse((JSON.parse(text) as Upload).startedAt);
        if (Date.now() - startedAt > abandonedAfterMs) {
          await rm(join(folder, id), { recursive: true, force: true });
        }
      }
    }
  }

  /** Starts an upload and returns its id. */
  async create(bucket: string, key: string, headers: Record<string, string>): Promise<string> {
    const id = randomUUID();
    const folder = join(await this.#objects.bucketFolder(bucket), 'uploads', id);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await this.#writeJson(folder, 'upload.json', {
      key,
      headers,
      startedAt: new Date().toISOString(),
    } satisfies Upload);
    return id;
  }

  /** The uploads of a bucket that are still open, by key and then by id. */
  async open(bucket: string): Promise<{ id: string; key: string; startedAt: string }[]> {
    const folder = join(await this.#objects.bucketFolder(bucket), 'uploads');
    const found: { id: string; key: string; startedAt: string }[] = [];
    for (const id of await readdir(folder).catch(() => [])) {
      const text = await readIfThere(join(folder, id, 'upload.json'));
      if (text === null) continue;
      const { key, startedAt } = JSON.parse(text) as Upload;
      found.push({ id, key, startedAt });
    }
    return found.sort((one, other) =>
      `${one.key}\0${one.id}` < `${other.key}\0${other.id}` ? -1 : 1,
    );
  }

  /** Keeps a part; the same number again replaces it. */
  async putPart(
    bucket: string,
    key: string,
    id: string,
    number: number,
    file: IncomingFile,
    { md5, checksums }: BodyDigests,
  ): Promise<Part> {
    const part: Part = {
      number,
      bytes: file.bytes,
      etag: md5,
      lastModified: new Date().toISOString(),
      checksums,
      body: `${number}.${randomUUID()}.body`,
    };
    try {
      await this.#oneAtATime.run(id, async () => {
        const { folder } = await this.demand(bucket, key, id);
        const previous = await readIfThere(join(folder, `${number}.json`));
        await rename(file.path, join(folder, part.body));
        await this.#writeJson(folder, `${number}.json`, part);
        if (previous) await rm(join(folder, (JSON.parse(previous) as Part).body), { force: true });
      });
    } catch (error) {
      await this.#objects.incoming.discard(file);
      throw error;
    }
    return part;
  }

  /** The parts that have arrived, by number. */
  async parts(bucket: string, key: string, id: string): Promise<Part[]> {
    const { folder } = await this.demand(bucket, key, id);
    const names = (await readdir(folder)).filter((name) => /^\d+\.json$/.test(name));
    const parts: Part[] = [];
    for (const name of names) {
      const text = await readIfThere(join(folder, name));
      if (text !== null) parts.push(JSON.parse(text) as Part);
    }
    return parts.sort((one, other) => one.number - other.number);
  }

  /** Joins the named parts to one object; its ETag is the MD5 of the parts' MD5s and their count. */
  async complete(
    bucket: string,
    key: string,
    id: string,
    named: { number: number; etag: string }[],
    condition: WriteCondition,
  ): Promise<ObjectRecord> {
    return this.#oneAtATime.run(id, async () => {
      const { folder, upload } = await this.demand(bucket, key, id);
      const parts = chosenParts(await this.parts(bucket, key, id), named);
      const file = await this.#objects.incoming.receive(joined(folder, parts));
      const etag = createHash('md5');
      for (const part of parts) etag.update(Buffer.from(part.etag, 'hex'));
      const record = await this.#objects.put(
        bucket,
        key,
        {
          file,
          etag: `${etag.digest('hex')}-${parts.length}`,
          headers: upload.headers,
          checksums: {},
        },
        condition,
      );
      await rm(folder, { recursive: true, force: true });
      return record;
    });
  }

  async abort(bucket: string, key: string, id: string): Promise<void> {
    await this.#oneAtATime.run(id, async () => {
      const { folder } = await this.demand(bucket, key, id);
      await rm(folder, { recursive: true, force: true });
    });
  }

  /** The folder and description of a running upload of `key`; throws NoSuchUpload. */
  async demand(
    bucket: string,
    key: string,
    id: string,
  ): Promise<{ folder: string; upload: Upload }> {
    const bucketFolder = await this.#objects.bucketFolder(bucket);
    const missing = new S3Error('NoSuchUpload', 'The specified multipart upload does not exist.');
    if (!/^[0-9a-f-]{36}$/.test(id)) throw missing;
    const folder = join(bucketFolder, 'uploads', id);
    const text = await readIfThere(join(folder, 'upload.json'));
    if (text === null) throw missing;
    const upload = JSON.parse(text) as Upload;
    if (upload.key !== key) throw missing;
    return { folder, upload };
  }

  async #writeJson(folder: string, name: string, value: Upload | Part): Promise<void> {
    const file = await this.#objects.incoming.receive(
      [Buffer.from(JSON.stringify(value))],
      'passing',
    );
    await rename(file.path, join(folder, name));
  }
}

function chosenParts(present: Part[], named: { number: number; etag: string }[]): Part[] {
  const ascending = named.every(({ number }, index) => number > (named[index - 1]?.number ?? 0));
  if (!ascending) {
    throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
  }
  const byNumber = new Map(present.map((part) => [part.number, part]));
  return named.map(({ number, etag }, index) => {
    const part = byNumber.get(number);
    if (part?.etag !== etag) {
      throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.');
    }
    if (index < named.length - 1 && part.bytes < smallestPartBytes) {
      throw new S3Error('EntityTooSmall', 'A part other than the last is smaller than 5 MiB.');
    }
    return part;
  });
}

/** The bytes of the parts, each held against its ETag again: nobody synced them to disk. */
async function* joined(folder: string, parts: Part[]): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const md5 = createHash('md5');
    const stream = createReadStream(join(folder, part.body), { highWaterMark: 1024 ** 2 });
    yield* hashed(stream, md5);
    if (md5.digest('hex') !== part.etag) {
      throw new S3Error('InvalidPart', `Part ${part.number} was damaged on disk; send it again.`);
    }
  }
}
