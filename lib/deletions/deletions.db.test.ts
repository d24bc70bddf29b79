import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LoraModel } from '../../prisma/client/client.ts';
import { createApiToken } from '../accounts/create-api-token.ts';
import { deleteAccount } from '../accounts/delete-account.ts';
import { findApiToken } from '../accounts/find-api-token.ts';
import { findSession, openSession } from '../accounts/sessions.ts';
import { answerOnce } from '../api/answer-once.ts';
import { createCharacter } from '../characters/create-character.ts';
import { deleteCharacter } from '../characters/delete-character.ts';
import { getCharacter } from '../characters/get-character.ts';
import { likeImage } from '../characters/like-image.ts';
import { listCharacters } from '../characters/list-characters.ts';
import { requestParts } from '../characters/request-parts.ts';
import { requestUpload } from '../characters/request-upload.ts';
import { saveCaption } from '../characters/save-caption.ts';
import { type CreatorContext, creatorContext, systemContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { attemptSecret, signEvent } from '../gpu/signature.ts';
import { listLoraModels } from '../lora/list-lora-models.ts';
import { receiveCallback } from '../lora/receive-callback.ts';
import { sweepAttempts } from '../lora/sweep-attempts.ts';
import { notify } from '../notifications/notify.ts';
import { sampleDisplayKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { generateImage } from '../studio/generate-image.ts';
import { generateImages } from '../studio/generate-images.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { asOwner } from '../testing/database.ts';
import { makePastTraining } from '../testing/factories.ts';
import { captureLog, findCanaries } from '../testing/find-canaries.ts';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';
import { withOutside } from '../testing/outside.ts';
import {
  atStep,
  attemptOf,
  findings,
  finishJob,
  later,
  makeStage,
  putFile,
  trainingOf,
} from '../testing/training-stage.ts';
import { advanceDeletion } from './advance-deletion.ts';
import { receiptToken } from './receipt-token.ts';
import { getReceipt, listReceipts, openReceipt } from './receipts.ts';
import { sweepDeletions } from './sweep-deletions.ts';

let mail: MailServer;
let logged: string[];
beforeAll(async () => {
  mail = await startMailServer();
  changeSettings({
    MAIL_TRANSPORT: 'smtp',
    MAIL_SMTP_URL: mail.url,
    MAIL_FROM: 'Likeness <likeness@likeness.example>',
    APP_URL: 'https://likeness.example',
  });
});
afterAll(() => mail.close());
const outside = withOutside();
beforeEach(() => {
  mail.reset();
  logged = captureLog();
});

const quarterHour = 15 * 60;

/** Somebody with a canary in every text that a person, a device or a provider puts in. */
async function makeStory() {
  const word = `kanari${randomUUID().slice(0, 8)}`;
  const owner = `besitz${randomUUID().slice(0, 8)}`;
  const stage = await makeStage({ name: `Mara ${word}`, withObjects: true, images: 5 });
  const { user, character, images } = stage;
  await db().user.update({
    where: { id: user.id },
    data: { email: `${owner}@example.test`, name: `Creator ${owner}` },
  });
  await db().character.update({ where: { id: character.id }, data: { look: `Scar ${word}` } });
  for (const image of images) {
    await saveCaption(stage.ctx(), { imageId: image.id, caption: `A ${word} portrait` });
  }
  await db().characterImage.updateMany({
    where: { characterId: character.id },
    data: { fileName: `IMG_${word}.jpg` },
  });
  await likeImage(stage.ctx(), { imageId: images[0]?.id ?? '', liked: true });
  await answerOnce(
    stage.ctx(),
    { key: owner, operation: 'changeInfluencer', hash: 'x' },
    async () => ({
      status: 200,
      body: { id: character.id, name: `Mara ${word}` },
    }),
  );
  await answerOnce(
    stage.ctx(),
    { key: 'refused', operation: 'requestUpload', hash: 'x' },
    async () => ({
      status: 422,
      body: { code: 'NOT_AN_IMAGE', details: { fileName: `IMG_${word}.gif` } },
    }),
  );
  return { ...stage, word, owner };
}
type Story = Awaited<ReturnType<typeof makeStory>>;

/** What the worker process does by itself, as time goes by. */
async function work(seconds: number): Promise<void> {
  await sweepAttempts(() => later(seconds));
  await sweepDeletions(systemContext('sweep', later(seconds)));
}

/** To the end of the deletion, and past the last look. */
async function workItAllOff(from: number): Promise<void> {
  for (const more of [0, 61, 122, 200, 300]) await work(from + more);
  await work(from + 400 + quarterHour);
  await work(from + 500 + quarterHour);
}

/** None of its words is left anywhere; its random id only in the receipt, the acts and bells long rung. */
async function expectGone({ word, character }: Story, owner?: string): Promise<void> {
  const { jobs } = outside.gpu;
  const words = owner ? [word, owner] : [word];
  expect(await findCanaries(words, { provider: [...jobs.values()], log: logged })).toEqual([]);
  const named = await findCanaries([character.id]);
  expect(named.filter((place) => !/^(public.deletions|public.acts|pgboss)/.test(place))).toEqual(
    [],
  );
  expect(jobs.size).toBe(0);
}

/** As far as each state goes; `after` is how the training and its credits have ended. */
const states: {
  state: string;
  arrange: (story: Story) => Promise<LoraModel | null>;
  after: { status: string; back: boolean } | null;
}[] = [
  { state: 'never trained', arrange: async () => null, after: null },
  {
    state: 'pending',
    arrange: async (story) => trainingOf((await story.start()).loraModelId),
    after: { status: 'cancelled', back: true },
  },
  {
    state: 'training, with samples and callbacks',
    arrange: train,
    after: { status: 'cancelled', back: true },
  },
  {
    state: 'ready',
    arrange: async (story) => {
      const training = await train(story);
      await finishJob(outside.gpu, outside.gpu.onlyJob());
      await work(100);
      return training;
    },
    after: { status: 'ready', back: false },
  },
  {
    state: 'failed',
    arrange: async (story) => {
      const training = await train(story);
      outside.gpu.set(outside.gpu.onlyJob().name, {
        state: 'failed',
        error: { code: 'BAD_IMAGE', message: `cannot read ${story.word}`, retryable: false },
      });
      await work(100);
      return training;
    },
    after: { status: 'failed', back: true },
  },
  {
    state: 'cancelled',
    arrange: async (story) => {
      const training = await train(story);
      await db().loraModel.update({
        where: { id: training.id },
        data: { cancelRequestedAt: later(50) },
      });
      await work(100);
      return training;
    },
    after: { status: 'cancelled', back: true },
  },
  {
    state: 'failed, with a late result',
    arrange: async (story) => {
      const training = await train(story);
      const job = outside.gpu.onlyJob();
      await db().loraModel.update({ where: { id: training.id }, data: { deadlineAt: later(50) } });
      outside.gpu.plan.release.push('error');
      await sweepAttempts(() => later(100));
      await finishJob(outside.gpu, job);
      await sweepAttempts(() => later(200));
      return training;
    },
    after: { status: 'failed', back: true },
  },
];

async function train(story: Story): Promise<LoraModel> {
  const { loraModelId } = await story.start();
  await work(1);
  const job = outside.gpu.onlyJob();
  outside.gpu.set(job.name, atStep(300));
  const { id: attemptId } = await attemptOf(loraModelId);
  const prompt = `portrait of ${story.word}`;
  const key = sampleDisplayKey(attemptId, 300, 0);
  await store().write(key, Buffer.from(prompt), 'image/webp');
  await db().trainingSample.create({
    data: { loraModelId, attemptId, step: 300, key, prompt },
  });
  await callBack(story, loraModelId, attemptId);
  await work(30);
  return trainingOf(loraModelId);
}

function callBack({ word }: Story, trainingId: string, attemptId: string) {
  const rawBody = JSON.stringify({
    protocolVersion: 1,
    type: 'accepted',
    attemptId,
    trainingId,
    seq: 1,
    at: later(20).toISOString(),
    gpu: word,
  });
  const secret = attemptSecret(env().AUTH_SECRET, attemptId);
  const headers = signEvent(secret, randomUUID(), new Date(), rawBody);
  return receiveCallback(systemContext('worker', later(20)), {
    attemptId,
    headers: { ...headers },
    rawBody,
  });
}

async function expectBooks(story: Story, training: LoraModel | null, back: boolean | undefined) {
  expect(await findings()).toEqual([]);
  const spent = back === false ? (training?.costCredits ?? 0) : 0;
  const account = await db().creditAccount.findMany({
    where: { lines: { some: { idempotencyKey: `test-grant:${story.user.id}` } } },
  });
  expect(account).toMatchObject([{ available: BigInt(100_000 - spent), reserved: 0n }]);
}

describe.each(states)('an influencer that is $state', ({ arrange, after }) => {
  it('is gone at once, then everywhere, and its credits are settled', async () => {
    const story = await makeStory();
    const training = await arrange(story);
    const { user, character } = story;

    const { deletionId } = await deleteCharacter(story.ctx(300), { characterId: character.id });
    expect(await listCharacters(user.id)).toEqual([]);
    expect(await listLoraModels(user.id)).toEqual([]);
    await expect(getCharacter(user.id, character.id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await listReceipts(user.id)).toMatchObject([{ id: deletionId, state: 'requested' }]);

    await workItAllOff(301);
    await expectGone(story);
    await expectBooks(story, training, after?.back);
    if (training && after) {
      const [settled] = await db().creditLine.findMany({
        where: { loraModelId: training.id, kind: { in: ['capture', 'release'] } },
      });
      expect(settled?.kind).toBe(after.back ? 'release' : 'capture');
    }
    const receipt = await getReceipt(user.id, deletionId);
    expect(receipt).toMatchObject({
      state: 'finished',
      counts: { influencers: 1, images: 5, trainings: training ? 1 : 0 },
    });
    expect(receipt.counts.objects).toBeGreaterThanOrEqual(10);
  });

  it('goes with its account, of which the books are left under nobody’s number', async () => {
    const story = await makeStory();
    const training = await arrange(story);
    const { user, ctx } = story;
    const sessionId = await openSession(user.id);
    const { token } = await createApiToken(ctx(299), { name: `Token ${story.owner}` });
    await db().identity.create({
      data: { provider: 'github', providerAccountId: story.owner, userId: user.id },
    });

    const { deletionId } = await deleteAccount(ctx(300), {
      confirmation: ` ${story.owner.toUpperCase()}@example.test`,
    });
    expect(await findSession(sessionId, later(300))).toBeNull();
    expect(await findApiToken(token, later(300))).toBeNull();
    expect(await db().user.count({ where: { id: user.id } })).toBe(0);

    await workItAllOff(301);
    await expectGone(story, story.owner);
    await expectBooks(story, training, after?.back);
    const receipt = await openReceipt(receiptToken(env().AUTH_SECRET, deletionId));
    expect(receipt).toMatchObject({
      state: 'finished',
      counts: { influencers: 1, images: 5, sessions: 1, apiTokens: 1, identities: 1 },
    });
    expect(receipt.counts.creditLines).toBeGreaterThanOrEqual(1);
    expect(mail.arrived).toHaveLength(1);
    expect(mail.arrived[0]?.to).toEqual([`${story.owner}@example.test`]);
  });
});

describe('what is under way', () => {
  it('takes uploads along: a file, parts of one, and what arrives by an old link', async () => {
    const story = await makeStory();
    const { character, ctx } = story;
    const file = { characterId: character.id, contentType: 'image/jpeg', bytes: 6_000_000 };
    const whole = await requestUpload(ctx(1), { ...file, bytes: 9, fileName: `${story.word}.jpg` });
    const parted = await requestUpload(ctx(1), { ...file, fileName: `${story.word}-2.jpg` });
    await requestParts(ctx(1), { imageId: parted.imageId, bytes: file.bytes });
    const put = () =>
      fetch(whole.upload.url, { method: 'PUT', headers: whole.upload.headers, body: 'a canary.' });
    await put();

    await deleteCharacter(ctx(2), { characterId: character.id });
    await work(3);
    expect((await put()).ok).toBe(true);
    await workItAllOff(60);
    await expectGone(story);
    expect(await findCanaries(['a canary.'])).toEqual([]);
    for await (const { key } of store().listUploads('')) throw new Error(`left: ${key}`);
  });

  it('takes pictures along that are being made, before and after their making', async () => {
    const story = await makeStory();
    const { character, ctx } = story;
    const { images } = await generateImages(ctx(1), {
      characterId: character.id,
      prompt: `${story.word} at the sea`,
      baseModel: 'z-image-turbo',
      count: 2,
      requestId: randomUUID(),
    });
    const [first, second] = images;
    await Promise.all([
      generateImage(systemContext('worker', later(2)), { imageId: first?.id ?? '' }).catch(
        () => {},
      ),
      deleteCharacter(ctx(2), { characterId: character.id }),
    ]);
    await work(3);
    await generateImage(systemContext('worker', later(4)), { imageId: second?.id ?? '' });
    await workItAllOff(60);
    await expectGone(story);
  });

  it('lets a result win that was there before the training could be stopped', async () => {
    const story = await makeStory();
    const training = await train(story);
    await finishJob(outside.gpu, outside.gpu.onlyJob());
    await Promise.all([
      deleteCharacter(story.ctx(40), { characterId: story.character.id }),
      sweepAttempts(() => later(40)),
    ]);
    await workItAllOff(100);
    await expectBooks(story, training, false);
    await expectGone(story);
    // Nobody is told of what they have just deleted.
    const about = { userId: story.user.id, subjectId: training.id };
    const told = await db().notification.findMany({ where: about, select: { type: true } });
    expect(told).toEqual([]);
  });

  it('keeps no callback that comes afterwards', async () => {
    const story = await makeStory();
    const training = await train(story);
    const { id: attemptId } = await attemptOf(training.id);
    await deleteCharacter(story.ctx(40), { characterId: story.character.id });
    await workItAllOff(60);
    const { word } = story;
    expect(await callBack({ ...story, word: `${word}-late` }, training.id, attemptId)).toEqual({
      kind: 'accepted',
      reply: { action: 'cancel' },
    });
    expect(await findCanaries([`${word}-late`], { log: logged })).toEqual([]);
  });

  it('is looked for once more: a file that a worker put there by an old link', async () => {
    const story = await makeStory();
    const training = await train(story);
    const { id: attemptId } = await attemptOf(training.id);
    const { deletionId } = await deleteCharacter(story.ctx(40), {
      characterId: story.character.id,
    });
    for (const seconds of [41, 102, 163, 230]) await work(seconds);
    expect(await getReceipt(story.user.id, deletionId)).toMatchObject({ state: 'emptied' });
    await putFile(attemptId, Buffer.from('late'));
    await workItAllOff(300);
    const left = await findCanaries([attemptId]);
    expect(left.filter((place) => place.startsWith('store'))).toEqual([]);
    expect(await getReceipt(story.user.id, deletionId)).toMatchObject({ state: 'finished' });
  });
});

describe('trouble', () => {
  it('waits for a provider that is away, with the pictures gone already', async () => {
    const story = await makeStory();
    const training = await train(story);
    const { deletionId } = await deleteCharacter(story.ctx(40), {
      characterId: story.character.id,
    });
    outside.gpu.plan.cancel.push('error', 'error', 'error');
    for (const seconds of [41, 43, 46]) await work(seconds);
    expect(await getReceipt(story.user.id, deletionId)).toMatchObject({
      state: 'requested',
      counts: { images: 5, trainings: 0 },
    });
    expect(await findCanaries([story.word], { log: logged })).toEqual([]);
    await workItAllOff(2_000);
    await expectBooks(story, training, true);
    await expectGone(story);
  });

  it('goes on after a crash in the middle, by the sweep, and counts nothing twice', async () => {
    const story = await makeStory();
    const { deletionId } = await deleteCharacter(story.ctx(), { characterId: story.character.id });
    // Taken by somebody who then died.
    await db().deletion.update({ where: { id: deletionId }, data: { nextCheckAt: later(60) } });
    await advanceDeletion(systemContext('worker', later(10)), { deletionId });
    expect(await getReceipt(story.user.id, deletionId)).toMatchObject({ state: 'requested' });
    await Promise.all(
      [61, 61, 61].map((seconds) =>
        advanceDeletion(systemContext('worker', later(seconds)), { deletionId }),
      ),
    );
    await workItAllOff(100);
    expect((await getReceipt(story.user.id, deletionId)).counts).toMatchObject({
      influencers: 1,
      images: 5,
      objects: 10,
    });
  });

  it('is one deletion when asked for twice at once, and somebody else’s is not there', async () => {
    const story = await makeStory();
    const stranger = await makeStage();
    const input = { characterId: story.character.id };
    await expect(deleteCharacter(stranger.ctx(), input)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    const [one, other] = await Promise.all([
      deleteCharacter(story.ctx(), input),
      deleteCharacter(story.ctx(), input),
    ]);
    expect(other).toEqual(one);
    expect(await deleteCharacter(story.ctx(5), input)).toEqual(one);
    await expect(getReceipt(stranger.user.id, one.deletionId)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });

    const ended = await Promise.allSettled([
      deleteAccount(story.ctx(6)),
      deleteAccount(story.ctx(6)),
    ]);
    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ended.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'NOT_FOUND' },
    });
  });

  it('deletes nothing when something else is typed', async () => {
    const { ctx, character, user } = await makeStage({ name: 'Zoë' });
    const typed = (confirmation: string) =>
      deleteCharacter(ctx(), { characterId: character.id, confirmation });
    await expect(typed('Zoe')).rejects.toMatchObject({ code: 'NAME_DIFFERS' });
    await expect(deleteAccount(ctx(), { confirmation: 'else@example.test' })).rejects.toMatchObject(
      {
        code: 'NAME_DIFFERS',
      },
    );
    expect(await listCharacters(user.id)).toHaveLength(1);
    await typed(' Zoe\u0308 ');
    expect(await listCharacters(user.id)).toEqual([]);
  });

  it('does not let a request that is sent again bring it back', async () => {
    const { ctx } = await makeStage();
    const request = { name: 'Noa', look: '', requestId: randomUUID() };
    const { characterId } = await createCharacter(ctx(), request);
    await deleteCharacter(ctx(), { characterId });
    await workItAllOff(10);
    await expect(createCharacter(ctx(20), request)).rejects.toMatchObject({
      code: 'REQUEST_REUSED',
    });
  });

  it('refuses to delete the row of an open training, paid or free, by whatever way', async () => {
    const paid = await makeStage();
    await paid.start();
    await expect(db().user.delete({ where: { id: paid.user.id } })).rejects.toThrow(/hold is open/);
    await deleteAccount(paid.ctx());

    const free = await makeStage();
    const who = { userId: free.user.id, characterId: free.character.id };
    const training = await makePastTraining(who, { status: 'cancelled' });
    await asOwner(`SET session_replication_role = replica;
      UPDATE lora_models SET status = 'pending', training_completed_at = NULL WHERE id = '${training.id}'`);
    const gone = db().character.delete({ where: { id: free.character.id } });
    await expect(gone).rejects.toThrow(/is open and cannot go/);
    await db().loraModel.update({
      where: { id: training.id },
      data: { status: 'cancelled', trainingCompletedAt: later(0) },
    });
    await workItAllOff(1);
  });

  it('never stands in the way of a look at its trainings, nor they in its', async () => {
    for (let round = 0; round < 6; round += 1) {
      const story = await makeStage();
      const { loraModelId } = await story.start();
      await sweepAttempts(() => later(1));
      const job = outside.gpu.onlyJob();
      outside.gpu.set(job.name, atStep(10));
      if (round % 2 === 0) await finishJob(outside.gpu, job);
      await Promise.all([
        sweepAttempts(() => later(40)),
        round % 3 === 0
          ? deleteAccount(story.ctx(40))
          : deleteCharacter(story.ctx(40), story.input),
        tellAgain(story.ctx(40), loraModelId, story.character).catch(() => {}),
      ]);
      await workItAllOff(100);
      expect(outside.gpu.jobs.size).toBe(0);
      outside.gpu.reset();
    }
    expect(await findings()).toEqual([]);
  }, 60_000);
});

describe('the receipt by e-mail', () => {
  it('is tried again while the server is busy, and the address goes with it', async () => {
    const { ctx, user } = await makeStage();
    mail.plan.push('busy');
    const { deletionId } = await deleteAccount(ctx());
    const kept = () => db().deletion.findUniqueOrThrow({ where: { id: deletionId } });
    expect(await kept()).toMatchObject({ mailTo: user.email });
    await work(1);
    expect(await kept()).toMatchObject({ mailTo: user.email, state: 'requested' });
    await work(10);
    expect(await kept()).toMatchObject({ mailTo: null });
    expect(mail.arrived).toHaveLength(1);
    expect(mail.arrived[0]?.raw.replace(/=\r?\n/g, '')).toContain(deletionId);
    await workItAllOff(60);
    expect(mail.arrived).toHaveLength(1);
    expect(await findCanaries([user.email], { log: logged })).toEqual([]);
  });

  it('is given up after a day, and when it may be on its way', async () => {
    const { ctx } = await makeStage();
    mail.plan.push('drop-after');
    const { deletionId } = await deleteAccount(ctx());
    await work(1);
    await work(100);
    expect(mail.arrived).toHaveLength(1);
    expect(await db().deletion.findUnique({ where: { id: deletionId } })).toMatchObject({
      mailTo: null,
    });
  });

  it('opens by its own link only', async () => {
    const { ctx } = await makeStage();
    const { deletionId } = await deleteAccount(ctx());
    const token = receiptToken(env().AUTH_SECRET, deletionId);
    expect(await openReceipt(token)).toMatchObject({ subject: 'account' });
    for (const wrong of ['', 'x', deletionId, `${randomUUID()}${token.slice(36)}`, `${token}A`]) {
      await expect(openReceipt(wrong)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

/** A notice about a training that is being written while its influencer goes. */
async function tellAgain(
  ctx: CreatorContext,
  subjectId: string,
  character: { id: string; name: string },
) {
  await inTransaction((tx) =>
    notify(tx, {
      userId: creatorContext(ctx.actor.userId).actor.userId,
      subjectId,
      type: 'lora.training.progress',
      facts: { characterId: character.id, characterName: character.name, percent: 50 },
    }),
  );
}
