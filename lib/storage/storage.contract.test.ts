import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { GetBucketCorsCommand, PutBucketCorsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startS3Server } from '../sandbox/s3/server.ts';
import { createS3Storage, type S3StorageConfig } from './s3.ts';

/** The port's promises, over real HTTP: the S3 adapter against the embedded store. */

const origin = 'https://likeness.example';
const region = 'eu-central-1';
const credentials = { accessKeyId: 'likeness', secretAccessKey: 'correct horse battery staple' };
let directory: string;
let server: Awaited<ReturnType<typeof startS3Server>>;
let config: S3StorageConfig;
let storage: ReturnType<typeof createS3Storage>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'likeness-storage-'));
  server = await startS3Server({ port: 0, directory, ...credentials });
  config = {
    endpoint: server.url,
    region,
    bucket: 'likeness-test',
    ...credentials,
    forcePathStyle: true,
  };
  storage = createS3Storage(config);
  await storage.ensureBucket([origin]);
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

afterEach(() => {
  vi.useRealTimers();
});

function newKey(): string {
  return `test/${randomUUID()}`;
}

/** What `sign` would have returned `minutes` ago. */
async function minutesAgo<Result>(minutes: number, sign: () => Promise<Result>): Promise<Result> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - minutes * 60_000 });
  try {
    return await sign();
  } finally {
    vi.useRealTimers();
  }
}

async function errorCode(response: Response): Promise<string | undefined> {
  return /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1];
}

function sha256(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex');
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

describe('write, read, head', () => {
  it.each([
    ['empty', 0],
    ['one byte', 1],
    ['one part', 300_001],
    ['exactly one part', 8 * 1024 ** 2],
    ['several parts', 17 * 1024 ** 2 + 7],
  ])('keeps every byte: %s', async (_, bytes) => {
    const body = randomBytes(bytes);
    const [fromBuffer, fromStream] = [newKey(), newKey()];
    await expect(storage.write(fromBuffer, body, 'image/webp')).resolves.toEqual({ bytes });
    await expect(
      storage.write(fromStream, Readable.from(slices(body, 70_001)), 'image/webp'),
    ).resolves.toEqual({ bytes });
    for (const key of [fromBuffer, fromStream]) {
      expect((await buffer(await storage.read(key))).equals(body)).toBe(true);
      const head = await storage.head(key);
      expect(head).toMatchObject({ key, bytes, contentType: 'image/webp' });
      expect(Math.abs(Date.now() - Number(head?.lastModified))).toBeLessThan(60_000);
    }
  });

  it('keeps bytes that look like text, framing or nothing', async () => {
    const body = Buffer.from('\r\n0\r\n\r\n5;chunk-signature=\0\xff\xfe</Key>&amp;\n', 'latin1');
    const key = newKey();
    await storage.write(key, Readable.from([body]), 'application/octet-stream');
    expect((await buffer(await storage.read(key))).equals(body)).toBe(true);
  });

  it('replaces an object as a whole', async () => {
    const key = newKey();
    await storage.write(key, Buffer.from('a longer first version'), 'text/plain');
    await storage.write(key, Buffer.from('second'), 'text/markdown');
    expect(String(await buffer(await storage.read(key)))).toBe('second');
    expect(await storage.head(key)).toMatchObject({ bytes: 6, contentType: 'text/markdown' });
  });

  it('reads inclusive ranges, cut at the end, empty behind it', async () => {
    const key = newKey();
    await storage.write(key, Buffer.from('0123456789'), 'text/plain');
    const read = async (start: number, end: number) =>
      String(await buffer(await storage.read(key, { start, end })));
    expect(await read(0, 0)).toBe('0');
    expect(await read(2, 4)).toBe('234');
    expect(await read(8, 99)).toBe('89');
    expect(await read(10, 20)).toBe('');
    await expect(storage.read(key, { start: 3, end: 2 })).rejects.toThrow(RangeError);
    await expect(storage.read(key, { start: -1, end: 2 })).rejects.toThrow(RangeError);
  });

  it('tells a missing object', async () => {
    await expect(storage.head(newKey())).resolves.toBeNull();
    await expect(storage.read(newKey())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(storage.read(newKey(), { start: 0, end: 1 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it("passes on the sender's own failure and keeps nothing", async () => {
    async function* breaksOff() {
      yield randomBytes(20 * 1024 ** 2);
      throw new Error('the provider hung up');
    }
    const key = newKey();
    const body = Readable.from(breaksOff());
    await expect(storage.write(key, body, 'text/plain')).rejects.toThrow('the provider hung up');
    await expect(storage.head(key)).resolves.toBeNull();
    expect(body.destroyed).toBe(true);
  });

  it('lets a reader stop early', async () => {
    const key = newKey();
    await storage.write(key, randomBytes(12 * 1024 ** 2), 'text/plain');
    const stream = await storage.read(key);
    for await (const chunk of stream) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
    await expect(storage.head(key)).resolves.not.toBeNull();
  });
});

describe('remove and list', () => {
  it('pages through more than a thousand keys and removes them all', async () => {
    const prefix = `${newKey()}/`;
    const keys = Array.from({ length: 1_003 }, (_, index) => `${prefix}${index}`);
    const body = Buffer.from('x');
    for (let first = 0; first < keys.length; first += 50) {
      const batch = keys.slice(first, first + 50);
      await Promise.all(batch.map((key) => storage.write(key, body, 'text/plain')));
    }
    const listed = await collect(storage.list(prefix));
    expect(listed.map(({ key }) => key)).toEqual([...keys].sort());
    expect(listed[0]).toMatchObject({ bytes: 1, contentType: null });
    expect(listed[0]?.lastModified).toBeInstanceOf(Date);
    await storage.remove(keys);
    await expect(collect(storage.list(prefix))).resolves.toEqual([]);
  });

  it('lists by prefix only, and nothing for an unknown one', async () => {
    const prefix = newKey();
    for (const key of [`${prefix}/a`, `${prefix}/b/c`, `${prefix}x/a`]) {
      await storage.write(key, Buffer.from('x'), 'text/plain');
    }
    const keysOf = async (start: string) =>
      (await collect(storage.list(start))).map(({ key }) => key);
    expect(await keysOf(`${prefix}/`)).toEqual([`${prefix}/a`, `${prefix}/b/c`]);
    expect(await keysOf(prefix)).toEqual([`${prefix}/a`, `${prefix}/b/c`, `${prefix}x/a`]);
    expect(await keysOf(`${prefix}/b`)).toEqual([`${prefix}/b/c`]);
    expect(await keysOf(`${newKey()}/`)).toEqual([]);
  });

  it('takes keys that are gone, and none at all', async () => {
    const key = newKey();
    await storage.write(key, Buffer.from('x'), 'text/plain');
    await storage.remove([newKey(), key, key]);
    await expect(storage.head(key)).resolves.toBeNull();
    await expect(storage.remove([key])).resolves.toBeUndefined();
    await expect(storage.remove([])).resolves.toBeUndefined();
  });
});

describe('upload links', () => {
  const body = Buffer.from('the only body that fits');
  const promise = { bytes: body.length, contentType: 'image/png', sha256: sha256(body) };

  async function refusal(
    link: { url: string; headers: Record<string, string> },
    sent: { body?: Buffer; headers?: Record<string, string>; url?: string } = {},
  ): Promise<string | undefined> {
    const response = await fetch(sent.url ?? link.url, {
      method: 'PUT',
      body: new Uint8Array(sent.body ?? body),
      headers: sent.headers ?? link.headers,
    });
    return response.ok ? undefined : errorCode(response);
  }

  it('accept the promised body', async () => {
    const key = newKey();
    const link = await storage.presignPut(key, promise, 600);
    expect(link.headers).toEqual({
      'content-type': 'image/png',
      'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
    });
    expect(await refusal(link)).toBeUndefined();
    expect(await storage.head(key)).toMatchObject({ bytes: body.length, contentType: 'image/png' });
  });

  it('accept the promised body without a hash, and an empty one', async () => {
    const [key, empty] = [newKey(), newKey()];
    const link = await storage.presignPut(key, { ...promise, sha256: undefined }, 60);
    expect(link.headers).toEqual({ 'content-type': 'image/png' });
    // The checksum of an empty body would make other stores refuse every upload.
    expect(link.url).not.toContain('checksum');
    expect(await refusal(link)).toBeUndefined();
    const nothing = { bytes: 0, contentType: 'text/plain', sha256: sha256(Buffer.alloc(0)) };
    const emptyLink = await storage.presignPut(empty, nothing, 60);
    expect(await refusal(emptyLink, { body: Buffer.alloc(0) })).toBeUndefined();
    expect(await storage.head(empty)).toMatchObject({ bytes: 0 });
  });

  it('refuse everything else, and keep nothing of it', async () => {
    const key = newKey();
    const link = await storage.presignPut(key, promise, 60);
    const { 'x-amz-checksum-sha256': checksum = '', ...withoutChecksum } = link.headers;
    const otherBody = Buffer.from(body);
    otherBody[0] = (otherBody[0] ?? 0) ^ 1;
    const otherChecksum = createHash('sha256').update(otherBody).digest('base64');

    expect(await refusal(link, { body: Buffer.concat([body, body]) })).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await refusal(link, { body: body.subarray(1) })).toBe('SignatureDoesNotMatch');
    expect(await refusal(link, { headers: { ...link.headers, 'content-type': 'text/html' } })).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await refusal(link, { body: otherBody })).toBe('BadDigest');
    expect(
      await refusal(link, {
        body: otherBody,
        headers: { ...link.headers, 'x-amz-checksum-sha256': otherChecksum },
      }),
    ).toBe('SignatureDoesNotMatch');
    expect(await refusal(link, { headers: withoutChecksum })).toBe('SignatureDoesNotMatch');
    expect(await refusal(link, { url: link.url.replace(key, newKey()) })).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await refusal(link, { url: link.url.replace('Expires=60', 'Expires=599') })).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await refusal(link, { url: `${link.url}&x=1` })).toBe('SignatureDoesNotMatch');
    expect(await refusal(link, { headers: { ...link.headers, 'x-amz-copy-source': '/a/b' } })).toBe(
      'AccessDenied',
    );
    expect(await refusal(link, { url: link.url.split('?')[0] })).toBe('AccessDenied');
    expect(checksum).not.toBe(otherChecksum);
    await expect(storage.head(key)).resolves.toBeNull();

    expect(await refusal(link)).toBeUndefined();
  });

  it('expire', async () => {
    const key = newKey();
    const alive = await minutesAgo(9, () => storage.presignPut(key, promise, 600));
    const dead = await minutesAgo(11, () => storage.presignPut(key, promise, 600));
    expect(await refusal(dead)).toBe('AccessDenied');
    await expect(storage.head(key)).resolves.toBeNull();
    expect(await refusal(alive)).toBeUndefined();
  });

  it('do not read, and live ten minutes at most', async () => {
    const key = newKey();
    await storage.write(key, body, 'image/png');
    const link = await storage.presignPut(key, promise, 60);
    expect(await errorCode(await fetch(link.url))).toBe('SignatureDoesNotMatch');
    await expect(storage.presignPut(key, promise, 601)).rejects.toThrow(RangeError);
    await expect(storage.presignPut(key, promise, 0)).rejects.toThrow(RangeError);
    await expect(storage.presignPut(key, { ...promise, sha256: 'ff' }, 60)).rejects.toThrow(
      RangeError,
    );
  });
});

describe('uploads in parts', () => {
  const partBytes = 5 * 1024 ** 2;
  const body = randomBytes(2 * partBytes + 777);
  const slice = (number: number) => body.subarray((number - 1) * partBytes, number * partBytes);

  async function put(key: string, uploadId: string, number: number, sent = slice(number)) {
    const link = await storage.presignPart(key, uploadId, { number, bytes: sent.length }, 60);
    return fetch(link.url, {
      method: 'PUT',
      headers: { origin, ...link.headers },
      body: new Uint8Array(sent),
    });
  }

  it('take parts by their links in any order, list them, and join them', async () => {
    const key = newKey();
    const uploadId = await storage.createUpload(key, 'image/jpeg');
    await expect(storage.listParts(key, uploadId)).resolves.toEqual([]);
    for (const number of [3, 1]) expect((await put(key, uploadId, number)).status).toBe(200);
    const listed = await storage.listParts(key, uploadId);
    expect(listed?.map(({ number, bytes }) => [number, bytes])).toEqual([
      [1, partBytes],
      [3, 777],
    ]);
    await expect(storage.head(key)).resolves.toBeNull();

    await put(key, uploadId, 2);
    await storage.completeUpload(key, uploadId, (await storage.listParts(key, uploadId)) ?? []);
    expect(await storage.head(key)).toMatchObject({
      bytes: body.length,
      contentType: 'image/jpeg',
    });
    expect((await buffer(await storage.read(key))).equals(body)).toBe(true);
  });

  it('replace a part that is sent again', async () => {
    const key = newKey();
    const uploadId = await storage.createUpload(key, 'image/jpeg');
    await put(key, uploadId, 1, randomBytes(100));
    await put(key, uploadId, 1, Buffer.from('the second try'));
    const parts = (await storage.listParts(key, uploadId)) ?? [];
    expect(parts).toHaveLength(1);
    await storage.completeUpload(key, uploadId, parts);
    expect(String(await buffer(await storage.read(key)))).toBe('the second try');
  });

  it('show a browser the answer, ETag and Retry-After included', async () => {
    const key = newKey();
    const answer = await put(key, await storage.createUpload(key, 'image/jpeg'), 1);
    expect(answer.headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(answer.headers.get('access-control-expose-headers')).toBe('ETag, Retry-After');
  });

  it('refuse another length, another part, another upload and a link that ran out', async () => {
    const key = newKey();
    const uploadId = await storage.createUpload(key, 'image/jpeg');
    const other = await storage.createUpload(key, 'image/jpeg');
    const sign = () => storage.presignPart(key, uploadId, { number: 1, bytes: 5 }, 60);
    const { url } = await sign();
    const refused = async (address: string, sent: string) =>
      errorCode(await fetch(address, { method: 'PUT', body: sent }));
    expect(await refused(url, 'longer')).toBe('SignatureDoesNotMatch');
    expect(await refused(url.replace('partNumber=1', 'partNumber=2'), '12345')).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await refused(url.replace(uploadId, other), '12345')).toBe('SignatureDoesNotMatch');
    const dead = await minutesAgo(2, sign);
    expect(await refused(dead.url, '12345')).toBe('AccessDenied');
    await expect(storage.listParts(key, uploadId)).resolves.toEqual([]);
    expect(await refused(url, '12345')).toBeUndefined();
    await expect(storage.presignPart(key, uploadId, { number: 1, bytes: -1 }, 60)).rejects.toThrow(
      RangeError,
    );
    await expect(storage.presignPart(key, uploadId, { number: 1, bytes: 1 }, 601)).rejects.toThrow(
      RangeError,
    );
  });

  it('are over once completed or aborted, for everybody, and abort twice', async () => {
    const key = newKey();
    const completed = await storage.createUpload(key, 'image/jpeg');
    await put(key, completed, 1, Buffer.from('whole'));
    const parts = (await storage.listParts(key, completed)) ?? [];
    await storage.completeUpload(key, completed, parts);
    await expect(storage.listParts(key, completed)).resolves.toBeNull();
    await expect(storage.completeUpload(key, completed, parts)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await storage.abortUpload(key, completed);
    expect(await storage.head(key)).toMatchObject({ bytes: 5 });

    const aborted = await storage.createUpload(newKey(), 'image/jpeg');
    const elsewhere = newKey();
    await expect(storage.listParts(elsewhere, aborted)).resolves.toBeNull();
    await storage.abortUpload(elsewhere, aborted);
    const late = await put(elsewhere, aborted, 1, Buffer.from('x'));
    expect(await errorCode(late)).toBe('NoSuchUpload');
  });

  it('are found while they are open, by prefix, past a thousand', async () => {
    const prefix = `${newKey()}/`;
    const begun = new Map<string, string>();
    for (let first = 0; first < 1_010; first += 101) {
      await Promise.all(
        Array.from({ length: 101 }, async (_, index) => {
          // Two at a time share a key.
          const key = `${prefix}${Math.floor((first + index) / 2)}`;
          begun.set(await storage.createUpload(key, 'image/jpeg'), key);
        }),
      );
    }
    const open = await collect(storage.listUploads(prefix));
    expect(new Map(open.map(({ uploadId, key }) => [uploadId, key]))).toEqual(begun);
    expect(open).toHaveLength(begun.size);
    for (const { startedAt } of open) {
      expect(Math.abs(Date.now() - startedAt.getTime())).toBeLessThan(60_000);
    }
    while (open.length > 0) {
      const some = open.splice(0, 101);
      await Promise.all(some.map(({ key, uploadId }) => storage.abortUpload(key, uploadId)));
    }
    await expect(collect(storage.listUploads(prefix))).resolves.toEqual([]);
  });
});

describe('download links', () => {
  const body = Buffer.from('0123456789');

  it('give the object, whole or in ranges, under the name and type asked for', async () => {
    const key = newKey();
    await storage.write(key, body, 'application/octet-stream');
    const url = await storage.presignGet(key, {
      expiresInSeconds: 60,
      fileName: 'Zoë "1".safetensors',
      contentType: 'image/webp',
    });
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/webp');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="Zo_ _1_.safetensors"; filename*=UTF-8''Zo%C3%AB%20%221%22.safetensors`,
    );
    expect(Buffer.from(await response.arrayBuffer()).equals(body)).toBe(true);

    const plain = await storage.presignGet(key, { expiresInSeconds: 60 });
    const range = await fetch(plain, { headers: { range: 'bytes=-3' } });
    expect(range.status).toBe(206);
    expect(range.headers.get('content-range')).toBe('bytes 7-9/10');
    expect(range.headers.get('content-disposition')).toBeNull();
    expect(await range.text()).toBe('789');
  });

  it('expire, and are refused when tampered with or for another key', async () => {
    const [key, other] = [newKey(), newKey()];
    await storage.write(key, body, 'text/plain');
    await storage.write(other, body, 'text/plain');
    const options = { expiresInSeconds: 60, fileName: 'a.txt' };
    const link = await storage.presignGet(key, options);
    const dead = await minutesAgo(2, () => storage.presignGet(key, options));
    const refusal = async (url: string, method = 'GET') => errorCode(await fetch(url, { method }));
    expect(await refusal(dead)).toBe('AccessDenied');
    expect(await refusal(link.replace(key, other))).toBe('SignatureDoesNotMatch');
    expect(await refusal(link.replace('a.txt', 'b.txt'))).toBe('SignatureDoesNotMatch');
    expect(await refusal(link.replace(/Signature=[0-9a-f]{4}/, 'Signature=0000'))).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await refusal(link, 'DELETE')).toBe('SignatureDoesNotMatch');
    expect(await refusal(link.split('?')[0] ?? '')).toBe('AccessDenied');
    expect((await fetch(link)).status).toBe(200);
  });

  it('are made for the public address', async () => {
    const elsewhere = createS3Storage({ ...config, publicEndpoint: 'https://files.example:8443' });
    const key = newKey();
    const get = new URL(await elsewhere.presignGet(key, { expiresInSeconds: 60 }));
    const put = await elsewhere.presignPut(key, { bytes: 1, contentType: 'text/plain' }, 60);
    expect(get.origin).toBe('https://files.example:8443');
    expect(get.pathname).toBe(`/likeness-test/${key}`);
    expect(new URL(put.url).origin).toBe('https://files.example:8443');
    await expect(elsewhere.head(key)).resolves.toBeNull();
  });
});

describe('browsers', () => {
  async function preflight(from: string, method: string, headers: string): Promise<Response> {
    const { url } = await storage.presignPut(newKey(), { bytes: 1, contentType: 'image/png' }, 60);
    return fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': method,
        'access-control-request-headers': headers,
      },
    });
  }

  it('may upload from our origin', async () => {
    const response = await preflight(origin, 'PUT', 'content-type,x-amz-checksum-sha256');
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(response.headers.get('access-control-allow-headers')).toBe(
      'content-type, x-amz-checksum-sha256',
    );
  });

  it.each([
    ['another origin', 'https://evil.example', 'PUT', 'content-type'],
    ['another method', origin, 'DELETE', 'content-type'],
    ['another header', origin, 'PUT', 'content-type,x-amz-copy-source'],
  ])('may not from or with %s', async (_, from, method, headers) => {
    const response = await preflight(from, method, headers);
    expect(response.status).toBe(403);
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('see the answer, refusals too, only from our origin', async () => {
    const key = newKey();
    await storage.write(key, Buffer.from('x'), 'text/plain');
    const alive = await storage.presignGet(key, { expiresInSeconds: 60 });
    const dead = await minutesAgo(2, () => storage.presignGet(key, { expiresInSeconds: 60 }));
    for (const url of [alive, dead]) {
      const ours = await fetch(url, { headers: { origin } });
      expect(ours.headers.get('access-control-allow-origin')).toBe(origin);
      expect(ours.headers.get('vary')).toContain('Origin');
      const theirs = await fetch(url, { headers: { origin: 'https://evil.example' } });
      expect(theirs.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe('ensureBucket', () => {
  it('may be repeated, replaces our rule and leaves those of others', async () => {
    const bucket = 'likeness-cors';
    const client = new S3Client({ ...config, credentials });
    const own = createS3Storage({ ...config, bucket });
    await own.ensureBucket(['https://before.example']);
    const theirs = { ID: 'theirs', AllowedOrigins: ['*'], AllowedMethods: ['HEAD'] };
    const { CORSRules: [ours] = [] } = await client.send(
      new GetBucketCorsCommand({ Bucket: bucket }),
    );
    await client.send(
      new PutBucketCorsCommand({
        Bucket: bucket,
        CORSConfiguration: { CORSRules: [theirs, ...(ours ? [ours] : [])] },
      }),
    );
    await own.ensureBucket([origin]);
    const { CORSRules } = await client.send(new GetBucketCorsCommand({ Bucket: bucket }));
    expect(CORSRules?.map(({ ID, AllowedOrigins }) => [ID, AllowedOrigins])).toEqual([
      ['theirs', ['*']],
      ['likeness', [origin]],
    ]);
    client.destroy();
  });
});

describe('a store that does not serve us', () => {
  const unavailable = { name: 'DomainError', code: 'STORAGE_UNAVAILABLE' };

  async function expectUnavailable(broken: ReturnType<typeof createS3Storage>): Promise<void> {
    const key = newKey();
    await expect(broken.head(key)).rejects.toMatchObject(unavailable);
    await expect(broken.read(key)).rejects.toMatchObject(unavailable);
    await expect(broken.write(key, Buffer.from('x'), 'text/plain')).rejects.toMatchObject(
      unavailable,
    );
    await expect(
      broken.write(key, Readable.from([randomBytes(9 * 1024 ** 2)]), 'text/plain'),
    ).rejects.toMatchObject(unavailable);
    await expect(broken.remove([key])).rejects.toMatchObject(unavailable);
    await expect(collect(broken.list('test/'))).rejects.toMatchObject(unavailable);
    await expect(broken.createUpload(key, 'image/png')).rejects.toMatchObject(unavailable);
    await expect(broken.listParts(key, 'x')).rejects.toMatchObject(unavailable);
    await expect(broken.completeUpload(key, 'x', [])).rejects.toMatchObject(unavailable);
    await expect(broken.abortUpload(key, 'x')).rejects.toMatchObject(unavailable);
    await expect(collect(broken.listUploads('test/'))).rejects.toMatchObject(unavailable);
    await expect(broken.ensureBucket([origin])).rejects.toMatchObject(unavailable);
  }

  it('is unavailable when it cannot be reached', async () => {
    const placeholder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => placeholder.once('listening', resolve));
    const { port } = placeholder.address() as AddressInfo;
    await new Promise((resolve) => placeholder.close(resolve));
    await expectUnavailable(createS3Storage({ ...config, endpoint: `http://127.0.0.1:${port}` }));
  });

  it('is unavailable when it refuses our credentials', async () => {
    await expectUnavailable(createS3Storage({ ...config, secretAccessKey: 'wrong' }));
    await expectUnavailable(createS3Storage({ ...config, accessKeyId: 'nobody' }));
  });

  it('is unavailable when the bucket is missing, not merely empty', async () => {
    const broken = createS3Storage({ ...config, bucket: 'likeness-nowhere' });
    await expect(broken.read(newKey())).rejects.toMatchObject(unavailable);
    await expect(broken.write(newKey(), Buffer.from('x'), 'a/b')).rejects.toMatchObject(
      unavailable,
    );
    await expect(collect(broken.list(''))).rejects.toMatchObject(unavailable);
  });

  it('is unavailable when it breaks off in the middle of an object', async () => {
    const breaksOff = createServer((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('half', () => response.destroy());
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => breaksOff.once('listening', resolve));
    const { port } = breaksOff.address() as AddressInfo;
    const broken = createS3Storage({ ...config, endpoint: `http://127.0.0.1:${port}` });
    await expect(buffer(await broken.read(newKey()))).rejects.toMatchObject(unavailable);
    breaksOff.close();
  });

  it('is tried three times', async () => {
    let requests = 0;
    const failsTwice = createServer((_, response) => {
      requests++;
      response.writeHead(requests < 3 ? 503 : 200, { 'content-length': 0 }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => failsTwice.once('listening', resolve));
    const { port } = failsTwice.address() as AddressInfo;
    const shaky = createS3Storage({ ...config, endpoint: `http://127.0.0.1:${port}` });
    await expect(shaky.head(newKey())).resolves.toMatchObject({ bytes: 0 });
    expect(requests).toBe(3);
    failsTwice.close();
    failsTwice.closeAllConnections();
  });
});

function* slices(body: Buffer, length: number): Generator<Buffer> {
  for (let start = 0; start < body.length; start += length) {
    yield body.subarray(start, start + length);
  }
}
