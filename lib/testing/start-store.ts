import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from '../env.ts';
import { startS3Server } from '../sandbox/s3/server.ts';
import { store } from '../storage/store.ts';
import { changeSettings } from './change-settings.ts';
import { type ShakyStore, startShakyStore } from './shaky-store.ts';

export interface TestStore {
  endpoint: string;
  /** What stands in front of it and fails on command. */
  door: ShakyStore;
  /** Ends the server and removes its objects. */
  stop(): Promise<void>;
}

/**
 * An empty embedded S3 server on a free port with its bucket made, and the S3_* settings of this
 * process pointing at it. To be called before anything reads a setting (in a test file: first thing
 * in `beforeAll`); throws when it is too late for that.
 */
export async function startStore(): Promise<TestStore> {
  const directory = await mkdtemp(join(tmpdir(), 'likeness-store-'));
  const accessKeyId = 'test';
  const secretAccessKey = 'test-secret';
  const server = await startS3Server({ port: 0, directory, accessKeyId, secretAccessKey });
  const door = await startShakyStore(server.url);
  const stop = async () => {
    await door.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  };
  changeSettings({
    S3_ENDPOINT: door.url,
    S3_PUBLIC_ENDPOINT: door.url,
    S3_BUCKET: 'likeness-test',
    S3_REGION: 'us-east-1',
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
    S3_FORCE_PATH_STYLE: 'true',
  });
  try {
    if (env().S3_ENDPOINT !== door.url) {
      throw new Error('Settings were read before the store was started: start it first.');
    }
    await store().ensureBucket(['http://localhost:3000']);
  } catch (error) {
    await stop();
    throw error;
  }
  return { endpoint: door.url, door, stop };
}
