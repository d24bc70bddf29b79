import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signIn } from '../lib/accounts/sign-in.ts';
import { listCharacters } from '../lib/characters/list-characters.ts';
import { auditLedger } from '../lib/credits/audit-ledger.ts';
import { getBalance } from '../lib/credits/balance.ts';
import { listCreditLines } from '../lib/credits/list-lines.ts';
import { db } from '../lib/db.ts';
import { env } from '../lib/env.ts';
import { getNewLikes } from '../lib/lora/get-new-likes.ts';
import { getTrainingPanel } from '../lib/lora/get-training-panel.ts';
import { rehearsalFor } from '../lib/lora/rules/rehearsals.ts';
import { describeAdapter, readSafetensorsHeader } from '../lib/lora/rules/safetensors.ts';
import { getInbox } from '../lib/notifications/inbox.ts';
import { imageDisplayKey } from '../lib/storage/keys.ts';
import { store } from '../lib/storage/store.ts';
import { changeSettings } from '../lib/testing/change-settings.ts';
import { startStore, type TestStore } from '../lib/testing/start-store.ts';
import { demoAccount, seed } from './seed.ts';

let files: TestStore;
let userId: string;

beforeAll(async () => {
  // Where the sandbox GPU would be; the sample data asks it for nothing.
  changeSettings({ SANDBOX_GPU_URL: 'http://127.0.0.1:9', SANDBOX_GPU_TOKEN: 'unused' });
  files = await startStore();
  await seed();
  ({ userId } = await signIn({ ...demoAccount }, 'test'));
}, 60_000);
afterAll(() => files.stop());

describe('the sample data', () => {
  it('has the books in order', async () => {
    await expect(auditLedger()).resolves.toEqual([]);
    await expect(getBalance(userId)).resolves.toEqual({
      totalCredits: 80_000,
      reservedCredits: 0,
      availableCredits: 80_000,
    });
    const { lines } = await listCreditLines(userId);
    expect(lines.map(({ kind, amountCredits }) => [kind, amountCredits])).toEqual([
      ['capture', 20_000],
      ['reserve', 20_000],
      ['grant', 70_000],
      ['grant', 30_000],
    ]);
  });

  it('has two influencers in different states above every rehearsal', async () => {
    const [finished, beginner, ...others] = await listCharacters(userId);
    expect(finished).toMatchObject({
      name: 'Mara',
      imageCount: 8,
      likedCount: 7,
      profileSetComplete: true,
      training: { status: 'ready', sandbox: true },
    });
    expect(beginner).toMatchObject({
      name: 'Iris',
      imageCount: 3,
      profileSetComplete: false,
      training: null,
    });
    expect(others.map(({ name }) => rehearsalFor(name))).toEqual([
      'no-capacity',
      'stall',
      'duplicate-callbacks',
      'out-of-memory',
    ]);
    for (const other of others) {
      expect(other).toMatchObject({ imageCount: 5, profileSetComplete: true, training: null });
    }
  });

  it('has a picture in the store for every image, with its hash', async () => {
    const images = await db().characterImage.findMany({ where: { userId } });
    expect(images).toHaveLength(8 + 3 + 4 * 5);
    for (const { id, characterId, sha256, state } of images) {
      expect(state).toBe('ready');
      const bytes = await buffer(await store().read(imageDisplayKey(characterId, id)));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
    }
  });

  it('has one finished training with a sound file and nothing left to do', async () => {
    const training = await db().loraModel.findFirstOrThrow({
      include: { files: true, attempts: true, transitions: { orderBy: { id: 'asc' } } },
    });
    expect(training.transitions.map(({ toStatus }) => toStatus)).toEqual([
      'pending',
      'training',
      'ready',
    ]);
    expect(training.attempts).toMatchObject([{ number: 1, state: 'ended', outcome: 'ready' }]);
    expect(training.trainingDurationMs).toBe(25_000);
    const [file] = training.files;
    const bytes = await buffer(await store().read(file?.key ?? ''));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.sha256);
    const verdict = readSafetensorsHeader(bytes, bytes.length);
    expect(
      verdict.ok && describeAdapter(verdict.header, { keyPrefix: 'diffusion_model.', rank: 16 }),
    ).toMatchObject({ ok: true });

    const panel = await getTrainingPanel(userId, training.characterId);
    expect(panel).toMatchObject({ current: { sandbox: true } });
    expect(await getNewLikes(userId, training.characterId)).toMatchObject({ count: 2 });
    expect(await getInbox(userId)).toMatchObject({
      unreadCount: 1,
      notifications: [{ type: 'lora.training.completed' }, { type: 'lora.training.started' }],
    });
  });

  it('is added once', async () => {
    await seed();
    expect(await db().user.count()).toBe(1);
    expect(await db().character.count()).toBe(6);
  });

  it('is refused where a real GPU is plugged in', async () => {
    const gpuProvider = env().GPU_PROVIDER;
    Object.assign(env(), { GPU_PROVIDER: 'worker-host' });
    await expect(seed()).rejects.toMatchObject({ code: 'SANDBOX_ONLY' });
    Object.assign(env(), { GPU_PROVIDER: gpuProvider });
  });

  it('is started over when it was cut short', async () => {
    await db().user.update({ where: { id: userId }, data: { passwordHash: null } });
    await seed();
    expect(await db().user.count()).toBe(1);
    expect(await db().character.count()).toBe(6);
    await expect(auditLedger()).resolves.toEqual([]);
  }, 60_000);
});
