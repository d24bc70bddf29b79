import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The server as a process of its own: memory, a hard death, a taken port. */

const mebibyte = 1024 ** 2;
const Bucket = 'processes';
let directory: string;
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'likeness-s3-process-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) await kill(child);
  await rm(directory, { recursive: true, force: true });
});

function spawnServer(port: number): ChildProcess {
  const main = new URL('./main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      S3_PORT: String(port),
      S3_DIRECTORY: directory,
      S3_ACCESS_KEY_ID: 'tester',
      S3_SECRET_ACCESS_KEY: 'a secret for one test',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

async function startServer(): Promise<{ child: ChildProcess; client: S3Client }> {
  const port = await freePort();
  const child = spawnServer(port);
  expect(await firstLine(child, 'stdout')).toBe(
    `The object store listens on http://127.0.0.1:${port}.`,
  );
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'tester', secretAccessKey: 'a secret for one test' },
  });
  return { child, client };
}

async function firstLine(child: ChildProcess, name: 'stdout' | 'stderr'): Promise<string> {
  const [data] = (await once(child[name] as Readable, 'data')) as [Buffer];
  return String(data).split('\n')[0] ?? '';
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  return (await exit)[0];
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Resident memory, MiB. */
async function memoryOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  const kibibytes = status
    ? /VmRSS:\s+(\d+)/.exec(status)?.[1]
    : String(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)]));
  return Number(kibibytes) / 1024;
}

describe('the store as a process', () => {
  it('passes 300 MB through in both directions with flat memory', async () => {
    const { child, client } = await startServer();
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'warm', Body: randomBytes(mebibyte) }));
    const before = await memoryOf(child);
    let most = before;
    const watch = async () => {
      most = Math.max(most, await memoryOf(child));
    };

    const sent = createHash('sha256');
    const noise = randomBytes(mebibyte);
    async function* random() {
      for (let part = 0; part < 300; part++) {
        const piece = Buffer.from(noise);
        piece.writeUInt32BE(part);
        sent.update(piece);
        if (part % 20 === 0) await watch();
        yield piece;
      }
    }
    const Body = Readable.from(random(), { objectMode: false });
    const target = { Bucket, Key: 'large' };
    await new Upload({ client, params: { ...target, Body }, partSize: 8 * mebibyte }).done();
    await watch();

    const received = createHash('sha256');
    let bytes = 0;
    let nextLook = 0;
    const { Body: back } = await client.send(new GetObjectCommand(target));
    for await (const chunk of back as Readable) {
      received.update(chunk);
      bytes += chunk.length;
      if (bytes >= nextLook) {
        await watch();
        nextLook += 20 * mebibyte;
      }
    }
    expect(bytes).toBe(300 * mebibyte);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
    expect(most - before).toBeLessThan(150);
    client.destroy();
  }, 240_000);

  it('keeps no half of an object when it is killed in the middle, and all of the others', async () => {
    const first = await startServer();
    await first.client.send(new CreateBucketCommand({ Bucket }));
    await first.client.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: 'before' }));

    const interrupted = [];
    for (const Key of ['whole', 'new']) {
      const url = await getSignedUrl(first.client, new PutObjectCommand({ Bucket, Key }));
      const upload = request(url, {
        method: 'PUT',
        headers: { 'content-length': 8 * mebibyte },
      });
      // It must fail: its server dies.
      upload.on('error', () => {});
      upload.write(randomBytes(4 * mebibyte));
      interrupted.push(new Promise((resolve) => upload.on('close', resolve)));
    }
    await expect.poll(() => bytesArriving(), { timeout: 10_000 }).toBe(8 * mebibyte);
    await kill(first.child);
    await Promise.all(interrupted);
    first.client.destroy();
    expect(await bytesArriving()).toBe(8 * mebibyte);

    const { client } = await startServer();
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([['whole', 6]]);
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'whole' }));
    expect(await Body?.transformToString()).toBe('before');
    expect(await bytesArriving()).toBe(0);
    client.destroy();
  });

  it('says in one sentence that its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const child = spawnServer(port);
    const exit = once(child, 'exit');
    expect(await firstLine(child, 'stderr')).toBe(
      `Port ${port} is taken: set S3_PORT to a free one.`,
    );
    expect((await exit)[0]).toBe(98);
    other.close();
  });

  it('ends on SIGTERM', async () => {
    const { child, client } = await startServer();
    await client.send(new CreateBucketCommand({ Bucket }));
    expect(await kill(child, 'SIGTERM')).toBe(0);
    client.destroy();
  });
});

async function bytesArriving(): Promise<number> {
  const folder = join(directory, 'incoming');
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
