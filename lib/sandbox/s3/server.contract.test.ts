import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text as readText } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  AbortMultipartUploadCommand,
  ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startS3Server } from './server.ts';

/** The server against the AWS SDK as it comes, over real HTTP. */

const credentials = { accessKeyId: 'tester', secretAccessKey: 'a secret for one test' };
const Bucket = 'round-trips';
const mebibyte = 1024 ** 2;
let directory: string;
let server: Awaited<ReturnType<typeof startS3Server>>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'likeness-s3-'));
  server = await startS3Server({ port: 0, directory, ...credentials });
  const client = newClient();
  await client.send(new CreateBucketCommand({ Bucket }));
  client.destroy();
});

afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

function newClient(options: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: server.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
    ...options,
  });
}

function newKey(): string {
  return `a folder/${randomUUID()}`;
}

function md5(body: Uint8Array): string {
  return createHash('md5').update(body).digest('hex');
}

function named(name: string) {
  return expect.objectContaining({ name });
}

describe.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)('checksums %s', (when) => {
  let client: S3Client;

  beforeAll(() => {
    client = newClient({ requestChecksumCalculation: when, responseChecksumValidation: when });
  });

  afterAll(() => client.destroy());

  async function get(key: string, Range?: string): Promise<Buffer> {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key, Range }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  it.each([0, 1, 300_000, 3 * mebibyte])('a body of %i bytes', async (bytes) => {
    const Key = newKey();
    const Body = randomBytes(bytes);
    const stored = await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    expect(stored.ETag).toBe(`"${md5(Body)}"`);
    expect((await get(Key)).equals(Body)).toBe(true);
  });

  it.each([0, 1, 300_000, 3 * mebibyte])('a stream of %i bytes', async (bytes) => {
    const Key = newKey();
    const body = randomBytes(bytes);
    const stored = await client.send(
      new PutObjectCommand({ Bucket, Key, Body: Readable.from([body]), ContentLength: bytes }),
    );
    expect(stored.ETag).toBe(`"${md5(body)}"`);
    expect((await get(Key)).equals(body)).toBe(true);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head.ContentLength).toBe(bytes);
    expect(head.ContentEncoding).toBeUndefined();
  });

  it('several parts, with the ETag of S3', async () => {
    const Key = newKey();
    const body = randomBytes(12 * mebibyte + 5);
    const partSize = 5 * mebibyte;
    const { ETag } = await new Upload({
      client,
      params: { Bucket, Key, Body: Readable.from([body]), ContentType: 'image/png' },
      partSize,
      queueSize: 3,
    }).done();
    const hashes = [0, 1, 2].map((part) =>
      Buffer.from(md5(body.subarray(part * partSize, (part + 1) * partSize)), 'hex'),
    );
    expect(ETag).toBe(`"${md5(Buffer.concat(hashes))}-3"`);
    expect((await get(Key)).equals(body)).toBe(true);
    const around = await get(Key, `bytes=${partSize - 2}-${partSize + 1}`);
    expect(around.equals(body.subarray(partSize - 2, partSize + 2))).toBe(true);
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head.ContentType).toBe('image/png');
  });

  it('ranges', async () => {
    const Key = newKey();
    await client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789' }));
    for (const [range, expected] of [
      ['bytes=0-0', '0'],
      ['bytes=3-5', '345'],
      ['bytes=7-', '789'],
      ['bytes=7-1000', '789'],
      ['bytes=-2', '89'],
      ['bytes=-1000', '0123456789'],
      ['bytes=5-3', '0123456789'],
    ] as const) {
      expect(`${range}: ${await get(Key, range)}`).toBe(`${range}: ${expected}`);
    }
    await expect(get(Key, 'bytes=10-')).rejects.toThrow(named('InvalidRange'));
    await expect(get(Key, 'bytes=-0')).rejects.toThrow(named('InvalidRange'));
  });

  it('removal of many at once', async () => {
    const keys = ['a & b', '<c>', 'd"e\'', 'ü'].map((name) => `${newKey()}/${name}`);
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const { Deleted } = await client.send(
      new DeleteObjectsCommand({
        Bucket,
        Delete: { Objects: [...keys, 'not there'].map((Key) => ({ Key })) },
      }),
    );
    expect(Deleted?.map(({ Key }) => Key)).toEqual([...keys, 'not there']);
    for (const Key of keys) await expect(get(Key)).rejects.toThrow(named('NoSuchKey'));
  });
});

describe('objects', () => {
  let client: S3Client;

  beforeAll(() => {
    client = newClient();
  });

  afterAll(() => client.destroy());

  async function put(key: string, body = 'x'): Promise<void> {
    await client.send(new PutObjectCommand({ Bucket, Key: key, Body: body }));
  }

  async function text(key: string): Promise<string | undefined> {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: key }));
    return Body?.transformToString();
  }

  it.each([
    'plain',
    'with space + plus % percent %2F',
    'dots/../../up',
    '/leading//double/trailing/',
    'quotes\'"()!*~',
    'ümläut/日本語/🎞',
    'UPPER and upper',
    'a',
    'a/b',
  ])('keeps the key %j', async (name) => {
    const key = `keys/${name}`;
    await put(key, `body of ${name}`);
    expect(await text(key)).toBe(`body of ${name}`);
    const listed = await client.send(new ListObjectsV2Command({ Bucket, Prefix: key }));
    expect(listed.Contents?.map(({ Key }) => Key)).toContain(key);
  });

  it('tells keys apart that differ only in case, and takes 1,024 bytes of one', async () => {
    await put('case/a', 'small');
    await put('case/A', 'capital');
    expect(await text('case/a')).toBe('small');
    expect(await text('case/A')).toBe('capital');
    await put('é'.repeat(512), 'longest');
    expect(await text('é'.repeat(512))).toBe('longest');
    await expect(put('x'.repeat(1_025))).rejects.toThrow(named('KeyTooLongError'));
  });

  it('keeps headers and metadata, and gives others when the link says so', async () => {
    const Key = newKey();
    await client.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body: 'x',
        ContentType: 'text/plain; charset=utf-8',
        CacheControl: 'max-age=60',
        ContentDisposition: 'inline',
        Metadata: { maker: 'us' },
      }),
    );
    const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
    expect(head).toMatchObject({
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'max-age=60',
      ContentDisposition: 'inline',
      Metadata: { maker: 'us' },
      ContentLength: 1,
    });
    const get = await client.send(
      new GetObjectCommand({ Bucket, Key, ResponseContentType: 'image/png' }),
    );
    expect(get).toMatchObject({ ContentType: 'image/png', CacheControl: 'max-age=60' });
    await expect(
      client.send(
        new GetObjectCommand({ Bucket, Key, ResponseContentType: 'a\r\nSet-Cookie: b=c' }),
      ),
    ).rejects.toThrow(named('InvalidArgument'));
  });

  it.each(
    Object.values(ChecksumAlgorithm).filter((name) =>
      ['CRC32', 'CRC32C', 'SHA1', 'SHA256'].includes(name),
    ),
  )('verifies %s of a body and of a stream', async (algorithm) => {
    const body = randomBytes(100_000);
    for (const Body of [body, Readable.from([body])]) {
      const Key = newKey();
      const stored = await client.send(
        new PutObjectCommand({
          Bucket,
          Key,
          Body,
          ContentLength: body.length,
          ChecksumAlgorithm: algorithm,
        }),
      );
      expect(stored[`Checksum${algorithm as 'CRC32'}`]).toBeTruthy();
      const found = await client.send(
        new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }),
      );
      expect(Buffer.from((await found.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
    }
  });

  it('refuses a body that is not what was announced, and keeps nothing of it', async () => {
    const Key = newKey();
    const wrong = { Bucket, Key, Body: 'x' };
    await expect(
      client.send(new PutObjectCommand({ ...wrong, ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })),
    ).rejects.toThrow(named('BadDigest'));
    await expect(
      client.send(new PutObjectCommand({ ...wrong, ContentMD5: 'AAAA' })),
    ).rejects.toThrow(named('InvalidDigest'));
    await expect(
      client.send(new PutObjectCommand({ ...wrong, ChecksumCRC32: 'AAAAAA==' })),
    ).rejects.toThrow(named('BadDigest'));
    await expect(client.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toThrow(
      named('NotFound'),
    );
    expect(await readdir(join(directory, 'incoming'))).toEqual([]);
  });

  it('refuses another payload than was signed', async () => {
    const Key = newKey();
    const tampering = newClient();
    tampering.middlewareStack.add(
      (next) => (args) => {
        Object.assign(args.request as object, { body: 'y' });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    await expect(tampering.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))).rejects.toThrow(
      named('XAmzContentSHA256Mismatch'),
    );
    tampering.destroy();
  });

  it('refuses more than five GiB before it reads any of it, and goes on serving', async () => {
    const url = new URL(
      await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: newKey() })),
    );
    const answer = await new Promise<string>((resolve, reject) => {
      const request = httpRequest(url, {
        method: 'PUT',
        headers: { 'content-length': 6 * 1024 ** 3, expect: '100-continue' },
      });
      request.on('continue', () => reject(new Error('it asked for the body')));
      request.on('response', (response) => {
        response.setEncoding('utf8').on('data', (body: string) => {
          resolve(`${response.statusCode} ${body}`);
          request.destroy();
        });
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(answer).toMatch(/^400 .*<Code>EntityTooLarge<\/Code>/s);
    await put(newKey());
  });

  it('goes on with the connection after it refused a body half-way', async () => {
    const oneSocket = newClient({
      requestHandler: { httpAgent: { keepAlive: true, maxSockets: 1 } },
    });
    let garbled = true;
    oneSocket.middlewareStack.add(
      (next) => (args) => {
        const noise = Readable.from(['no chunk size\r\n', Buffer.alloc(20 * mebibyte)]);
        if (garbled) Object.assign(args.request as object, { body: noise });
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    const send = () =>
      oneSocket.send(
        new PutObjectCommand({
          Bucket,
          Key: newKey(),
          Body: Readable.from([Buffer.alloc(mebibyte)]),
          ContentLength: mebibyte,
        }),
      );
    // The SDK warns that it cannot try a stream again.
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    await expect(send()).rejects.toThrow(named('IncompleteBody'));
    warn.mockRestore();
    garbled = false;
    await expect(send()).resolves.toBeTruthy();
    oneSocket.destroy();
  });

  it('reads a body to its end before it refuses it, so that the sender is never left waiting', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const url = new URL(
      await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: newKey() })),
    );
    url.searchParams.set('X-Amz-Signature', 'f'.repeat(64));
    for (let round = 0; round < 5; round += 1) {
      const headers = { 'content-length': 20 * mebibyte };
      const request = httpRequest(url, { method: 'PUT', agent, headers });
      const answered = once(request, 'response') as Promise<[IncomingMessage]>;
      const chunks = Array.from({ length: 320 }, () => Buffer.alloc(65_536));
      await pipeline(Readable.from(chunks), request);
      const [answer] = await answered;
      expect(await readText(answer)).toContain('<Code>SignatureDoesNotMatch</Code>');
    }
    agent.destroy();
  });

  it('writes only under a condition', async () => {
    const Key = newKey();
    const write = { Bucket, Key, Body: 'x' };
    await expect(client.send(new PutObjectCommand({ ...write, IfMatch: '"abc"' }))).rejects.toThrow(
      named('NoSuchKey'),
    );
    const { ETag } = await client.send(new PutObjectCommand({ ...write, IfNoneMatch: '*' }));
    await expect(client.send(new PutObjectCommand({ ...write, IfNoneMatch: '*' }))).rejects.toThrow(
      named('PreconditionFailed'),
    );
    await expect(client.send(new PutObjectCommand({ ...write, IfMatch: '"abc"' }))).rejects.toThrow(
      named('PreconditionFailed'),
    );
    await client.send(new PutObjectCommand({ ...write, IfMatch: ETag }));
  });

  it('lets one of many writers win who all want to be first', async () => {
    const Key = newKey();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, index) =>
        client.send(new PutObjectCommand({ Bucket, Key, Body: `${index}`, IfNoneMatch: '*' })),
      ),
    );
    const winners = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? index : []));
    expect(winners).toHaveLength(1);
    expect(await text(Key)).toBe(String(winners[0]));
  });

  it('always shows one whole version while many write, read and remove', async () => {
    const Key = newKey();
    const versions = Array.from({ length: 20 }, (_, index) => String(index).repeat(50_000));
    const writes = versions.map(async (version, index) => {
      await put(Key, version);
      if (index % 5 === 0) await client.send(new DeleteObjectCommand({ Bucket, Key }));
    });
    const reads = versions.map(async () => {
      try {
        expect(versions).toContain(await text(Key));
      } catch (error) {
        expect(error).toEqual(named('NoSuchKey'));
      }
    });
    await Promise.all([...writes, ...reads]);
  });

  it('reads only under a condition', async () => {
    const Key = newKey();
    const { ETag } = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const read = (condition: object) =>
      client.send(new GetObjectCommand({ Bucket, Key, ...condition }));
    await expect(read({ IfMatch: ETag })).resolves.toBeTruthy();
    await expect(read({ IfMatch: '"abc"' })).rejects.toThrow(named('PreconditionFailed'));
    await expect(read({ IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    const tomorrow = new Date(Date.now() + 86_400_000);
    await expect(read({ IfModifiedSince: tomorrow })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(read({ IfUnmodifiedSince: new Date(0) })).rejects.toThrow(
      named('PreconditionFailed'),
    );
  });

  it('copies', async () => {
    const [from, to] = [`${newKey()} ä`, newKey()];
    await client.send(
      new PutObjectCommand({ Bucket, Key: from, Body: 'x', ContentType: 'text/plain' }),
    );
    const CopySource = `${Bucket}/${encodeURIComponent(from)}`;
    await client.send(new CopyObjectCommand({ Bucket, Key: to, CopySource }));
    expect(await text(to)).toBe('x');
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: to }));
    expect(head.ContentType).toBe('text/plain');
    await expect(
      client.send(new CopyObjectCommand({ Bucket, Key: to, CopySource: `${Bucket}/missing` })),
    ).rejects.toThrow(named('NoSuchKey'));
  });

  it('tells what is missing and what it cannot do', async () => {
    const Key = newKey();
    await expect(text(Key)).rejects.toThrow(named('NoSuchKey'));
    await expect(client.send(new GetObjectCommand({ Bucket: 'nowhere', Key }))).rejects.toThrow(
      named('NoSuchBucket'),
    );
    await expect(client.send(new GetObjectCommand({ Bucket: '..', Key }))).rejects.toThrow(
      named('InvalidBucketName'),
    );
    await expect(client.send(new DeleteObjectCommand({ Bucket, Key }))).resolves.toBeTruthy();
    await expect(client.send(new GetObjectTaggingCommand({ Bucket, Key }))).rejects.toThrow(
      named('NotImplemented'),
    );
    await expect(client.send(new ListObjectsCommand({ Bucket }))).rejects.toThrow(
      named('NotImplemented'),
    );
    const unsigned = await fetch(`${server.url}/${Bucket}/%ff`);
    expect([unsigned.status, await unsigned.text()]).toEqual([
      400,
      expect.stringContaining('<Code>InvalidURI</Code>'),
    ]);
  });
});

describe('lists', () => {
  const keys = ['a', 'a-b', 'a.b', 'a/1', 'a/2', 'b/1/x', 'b/1/y', 'b/2', 'c', 'ü', '日', '🎞'];
  const ListBucket = 'lists';
  let client: S3Client;

  beforeAll(async () => {
    client = newClient();
    await client.send(new CreateBucketCommand({ Bucket: ListBucket }));
    for (const Key of [...keys].reverse()) {
      await client.send(new PutObjectCommand({ Bucket: ListBucket, Key, Body: Key }));
    }
  });

  afterAll(() => client.destroy());

  it.each([1, 2, 5, 12, 1000])('come in byte order, %i a page', async (MaxKeys) => {
    expect(await everything({ MaxKeys })).toEqual(keys);
  });

  it.each([1, 2, 3, 1000])('fold common prefixes, %i a page', async (MaxKeys) => {
    expect(await everything({ MaxKeys, Delimiter: '/' })).toEqual([
      'a',
      'a-b',
      'a.b',
      'a/',
      'b/',
      'c',
      'ü',
      '日',
      '🎞',
    ]);
    expect(await everything({ MaxKeys, Delimiter: '/', Prefix: 'b/' })).toEqual(['b/1/', 'b/2']);
  });

  it('start where asked, and encode where asked', async () => {
    const after = await client.send(
      new ListObjectsV2Command({ Bucket: ListBucket, StartAfter: 'b/1/x', EncodingType: 'url' }),
    );
    expect(after.Contents?.map(({ Key }) => decodeURIComponent(Key ?? ''))).toEqual(keys.slice(6));
    expect(after.Contents?.[3]?.Key).toBe('%C3%BC');
    expect(after.Contents?.[0]).toMatchObject({ Size: 5, ETag: `"${md5(Buffer.from('b/1/y'))}"` });
  });

  async function everything(options: {
    MaxKeys: number;
    Delimiter?: string;
    Prefix?: string;
  }): Promise<string[]> {
    const found: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: ListBucket, ...options, ContinuationToken }),
      );
      const items = [
        ...(page.Contents ?? []).map(({ Key = '' }) => Key),
        ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix),
      ];
      expect(items.length).toBeLessThanOrEqual(options.MaxKeys);
      expect(page.KeyCount).toBe(items.length);
      expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined);
      found.push(...items);
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    return found.sort((one, other) => Buffer.from(one).compare(Buffer.from(other)));
  }
});

describe('multipart uploads', () => {
  let client: S3Client;
  const full = randomBytes(5 * mebibyte);

  beforeAll(() => {
    client = newClient();
  });

  afterAll(() => client.destroy());

  async function start() {
    const Key = newKey();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const upload = { Bucket, Key, UploadId };
    return {
      Key,
      upload,
      part: async (PartNumber: number, Body: Uint8Array) => {
        const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
        return { PartNumber, ETag };
      },
      complete: (Parts: { PartNumber: number; ETag?: string }[]) =>
        client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })),
    };
  }

  it('take parts in any order, again, and leave out what is not named', async () => {
    const { Key, upload, part, complete } = await start();
    const last = await part(7, Buffer.from('the end'));
    await part(2, Buffer.from('first try'));
    await part(3, Buffer.from('not named'));
    const second = await part(2, full);
    const { Parts } = await client.send(new ListPartsCommand(upload));
    expect(Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [2, full.length],
      [3, 9],
      [7, 7],
    ]);
    await expect(client.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toThrow(
      named('NotFound'),
    );
    await complete([second, last]);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    const body = Buffer.from((await Body?.transformToByteArray()) ?? []);
    expect(body.equals(Buffer.concat([full, Buffer.from('the end')]))).toBe(true);
    await expect(client.send(new ListPartsCommand(upload))).rejects.toThrow(named('NoSuchUpload'));
  });

  it('refuse a wrong order, a wrong part, a small part, and stay open', async () => {
    const { part, complete } = await start();
    const one = await part(1, full);
    const two = await part(2, Buffer.from('small'));
    const three = await part(3, Buffer.from('last'));
    await expect(complete([two, one])).rejects.toThrow(named('InvalidPartOrder'));
    await expect(complete([one, { ...two, ETag: one.ETag }])).rejects.toThrow(named('InvalidPart'));
    await expect(complete([one, two, three])).rejects.toThrow(named('EntityTooSmall'));
    await expect(complete([])).rejects.toThrow(named('MalformedXML'));
    await complete([one, two]);
  });

  it('leave nothing when aborted', async () => {
    const { Key, upload, part } = await start();
    await part(1, Buffer.from('x'));
    await client.send(new AbortMultipartUploadCommand(upload));
    await expect(part(2, Buffer.from('x'))).rejects.toThrow(named('NoSuchUpload'));
    await expect(client.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toThrow(
      named('NotFound'),
    );
  });

  it('belong to their key', async () => {
    const { upload } = await start();
    for (const wrong of [{ Key: newKey() }, { UploadId: randomUUID() }, { UploadId: '../x' }]) {
      await expect(
        client.send(new UploadPartCommand({ ...upload, ...wrong, PartNumber: 1, Body: 'x' })),
      ).rejects.toThrow(named('NoSuchUpload'));
    }
  });
});

describe('buckets', () => {
  it('are made once, found, listed, and removed when empty', async () => {
    const client = newClient({ region: 'eu-west-1' });
    const bucket = { Bucket: 'short-lived' };
    await expect(client.send(new HeadBucketCommand(bucket))).rejects.toThrow(named('NotFound'));
    await client.send(new CreateBucketCommand(bucket));
    await expect(client.send(new CreateBucketCommand(bucket))).rejects.toThrow(
      named('BucketAlreadyOwnedByYou'),
    );
    await client.send(new HeadBucketCommand(bucket));
    const { Buckets } = await client.send(new ListBucketsCommand({}));
    expect(Buckets?.map(({ Name }) => Name)).toContain('short-lived');
    await client.send(new PutObjectCommand({ ...bucket, Key: 'a/b', Body: 'x' }));
    await expect(client.send(new DeleteBucketCommand(bucket))).rejects.toThrow(
      named('BucketNotEmpty'),
    );
    await client.send(new DeleteObjectCommand({ ...bucket, Key: 'a/b' }));
    await client.send(new DeleteBucketCommand(bucket));
    await expect(client.send(new HeadBucketCommand(bucket))).rejects.toThrow(named('NotFound'));
    client.destroy();
  });
});
