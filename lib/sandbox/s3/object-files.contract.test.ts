import { appendFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MultipartUploads } from './multipart-uploads.ts';
import { ObjectFiles } from './object-files.ts';

let folder: string;
let objects: ObjectFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'likeness-object-files-'));
  objects = new ObjectFiles(folder);
  await objects.recover();
  await objects.createBucket('files');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function receive(body: string) {
  return objects.incoming.receive([Buffer.from(body)]);
}

async function put(key: string, body: string): Promise<void> {
  const file = await receive(body);
  await objects.put('files', key, { file, etag: 'abc', headers: {}, checksums: {} });
}

async function read(key: string): Promise<string | null> {
  const found = await objects.open('files', key);
  return found && text(found.file.createReadStream());
}

async function filesBelow(...path: string[]): Promise<string[]> {
  const entries = await readdir(join(folder, ...path), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('object files', () => {
  it('are always whole while they are replaced', async () => {
    const versions = ['a'.repeat(1_000), 'b'.repeat(2_000)];
    await put('key', versions[0] ?? '');
    let writing = true;
    const writes = (async () => {
      for (let round = 0; round < 60; round++) await put('key', versions[round % 2] ?? '');
      writing = false;
    })();
    const readers = Array.from({ length: 4 }, async () => {
      while (writing) expect(versions).toContain(await read('key'));
    });
    await Promise.all([writes, ...readers]);
    expect(await filesBelow('buckets', 'files', 'objects')).toHaveLength(2);
  });

  it('find their folder although a neighbour tidies it away', async () => {
    await Promise.all(
      ['one', 'two', 'three'].map(async (name) => {
        for (let round = 0; round < 30; round++) {
          await put(`deep/er/${name}`, 'x');
          await objects.remove('files', [`deep/er/${name}`]);
        }
      }),
    );
    expect(await readdir(join(folder, 'buckets', 'files', 'objects'))).toEqual([]);
  });

  it('are cleared of what a killed process left behind', async () => {
    await put('a/kept', 'kept');
    const place = join(folder, 'buckets', 'files', 'objects', 'a');
    await writeFile(join(place, 'kept.0b5f3c1e.body'), 'replaced, but not yet unlinked');
    await writeFile(join(place, 'never.0b5f3c1e.body'), 'moved here, but never named');
    await writeFile(join(folder, 'incoming', 'half'), 'hal');
    await objects.recover();
    expect(await read('a/kept')).toBe('kept');
    expect(await readdir(place)).toHaveLength(2);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  it('stay inside their bucket', async () => {
    await put('../../../outside', 'x');
    expect(await readdir(folder)).toEqual(['buckets', 'incoming']);
    expect(await objects.keys('files', '')).toEqual(['../../../outside']);
    for (const bucket of ['..', '.', 'a/b', 'A', 'incoming/..']) {
      await expect(objects.bucketFolder(bucket)).rejects.toMatchObject({
        code: 'InvalidBucketName',
      });
    }
  });
});

describe('multipart uploads on disk', () => {
  it('do not become an object when a part was damaged', async () => {
    const uploads = new MultipartUploads(objects);
    const id = await uploads.create('files', 'key', {});
    const md5 = '9dd4e461268c8034f5c8564e155c67a6';
    await uploads.putPart('files', 'key', id, 1, await receive('x'), { md5, checksums: {} });
    const folderOfUpload = join(folder, 'buckets', 'files', 'uploads', id);
    const [part = ''] = (await readdir(folderOfUpload)).filter((name) => name.endsWith('.body'));
    await appendFile(join(folderOfUpload, part), 'y');
    const complete = () =>
      uploads.complete('files', 'key', id, [{ number: 1, etag: md5 }], () => {});
    await expect(complete()).rejects.toMatchObject({ code: 'InvalidPart' });
    expect(await objects.find('files', 'key')).toBeNull();
    await writeFile(join(folderOfUpload, part), 'x');
    await complete();
    expect(await read('key')).toBe('x');
  });

  it('are removed when given up for more than a week', async () => {
    const uploads = new MultipartUploads(objects);
    const recent = await uploads.create('files', 'key', {});
    const old = join(folder, 'buckets', 'files', 'uploads', 'old');
    await mkdir(old);
    const startedAt = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000).toISOString();
    await writeFile(
      join(old, 'upload.json'),
      JSON.stringify({ key: 'key', headers: {}, startedAt }),
    );
    await uploads.removeAbandoned();
    expect(await readdir(join(folder, 'buckets', 'files', 'uploads'))).toEqual([recent]);
  });
});
