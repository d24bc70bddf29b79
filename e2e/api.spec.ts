import { createHash, randomUUID } from 'node:crypto';
import { limitKey } from '../lib/accounts/limits.ts';
import { revokeApiToken } from '../lib/accounts/revoke-api-token.ts';
import type { OperationId } from '../lib/api/rules/catalogue.ts';
import { creatorContext } from '../lib/context.ts';
import { db } from '../lib/db.ts';
import type { ErrorCode } from '../lib/errors.ts';
import { imageDisplayKey } from '../lib/storage/keys.ts';
import { store } from '../lib/storage/store.ts';
import { makePhoto } from '../lib/testing/factories.ts';
import { ApiClient, type Asked, type Told, tokenOf } from './api-client.ts';
import {
  booksOf,
  expect,
  expectAccessible,
  expectProblem,
  expectSoundBooks,
  panel,
  test,
} from './fixtures.ts';
import { expectGoodLooks } from './good-looks.ts';

/** Sends a picture the way the document says; returns its image. */
async function sendPicture(api: ApiClient, id: string, seed: string) {
  const bytes = await makePhoto(`${id} ${seed}`, { width: 640, height: 800 });
  const target = await api.get('requestUpload', {
    params: { id },
    key: randomUUID(),
    body: { fileName: `${seed}.jpg`, bytes: bytes.length, contentType: 'image/jpeg' },
  });
  const headers = Object.fromEntries(
    Object.entries(target.upload.headers as Record<string, string>).filter(
      ([name]) => !/^(host|content-length)$/i.test(name),
    ),
  );
  const put = await fetch(target.upload.url, {
    method: 'PUT',
    body: new Uint8Array(bytes),
    headers,
  });
  expect(put.status).toBe(200);
  const finished = await api.get('finishUpload', { params: { id: target.imageId } });
  expect(finished.state).toBe('ready');
  return finished.image as { id: string };
}

async function expectStatus(api: ApiClient, id: string, status: string) {
  await expect
    .poll(async () => (await api.get('getLoraStatus', { params: { id } })).current?.status, {
      timeout: 70_000,
      intervals: [500],
    })
    .toBe(status);
  return (await api.get('getLoraStatus', { params: { id } })).current;
}

test('the whole job over the API alone: from nothing to a file on disk', async ({
  playwright,
  creator,
}) => {
  test.setTimeout(240_000);
  const api = await ApiClient.open(playwright.request, creator.id);
  expect(await api.get('listInfluencers')).toEqual({ influencers: [] });

  // An influencer; the same request again makes none.
  const key = randomUUID();
  const asked = { key, body: { name: 'Mara ✨ مارا', look: 'Freckles' } };
  const mara = await api.get('createInfluencer', asked);
  const again = await api.ask('createInfluencer', asked);
  expect(again.body).toEqual(mara);
  expect(again.headers['idempotent-replayed']).toBe('true');
  await api.refused('createInfluencer', 'REQUEST_REUSED', { key, body: { name: 'Iris' } });
  const params = { id: mara.id };
  const renamed = await api.get('changeInfluencer', { params, body: { name: 'Mara', look: '' } });
  expect(renamed).toMatchObject({ id: mara.id, name: 'Mara', triggerWord: mara.triggerWord });
  expect(await api.get('getInfluencer', { params })).toEqual(renamed);
  expect((await api.get('listInfluencers')).influencers).toHaveLength(1);

  // Pictures.
  const images: { id: string }[] = [];
  for (const seed of ['a', 'b', 'c', 'd', 'e']) images.push(await sendPicture(api, mara.id, seed));
  const imageIds = images.map(({ id }) => id);
  const [first = ''] = imageIds;
  for (const id of [first, first]) {
    expect(await api.get('likeImage', { params: { id }, body: { liked: true } })).toEqual({
      imageId: id,
      liked: true,
    });
  }
  await api.get('captionImage', { params: { id: first }, body: { caption: 'soft light' } });
  const spare = await sendPicture(api, mara.id, 'spare');
  await api.get('removeImage', { params: { id: spare.id } });
  await api.refused('removeImage', 'NOT_FOUND', { params: { id: spare.id } });
  const listed = await api.get('listImages', { params });
  expect(listed.images.map(({ id }: { id: string }) => id)).toEqual(imageIds);
  expect(listed.images[0]).toMatchObject({ liked: true, caption: 'soft light', state: 'ready' });
  const picture = await api.ask('openImage', { params: { id: first }, query: { size: 'full' } });
  const shown = await fetch(picture.headers.location ?? '');
  expect(shown.headers.get('content-type')).toBe('image/webp');

  const available = await api.get('getAvailableImages', { params });
  expect(available).toMatchObject({ totalCount: 5, canTrain: true });
  expect(available.profileSetImages).toHaveLength(5);
  expect(available.likedImages).toHaveLength(1);

  // The profile set, the price, the start.
  const body = { imageIds, expectedCredits: 20_000 };
  await api.refused('trainLora', 'PROFILE_SET_INCOMPLETE', { params, body });
  const completed = await api.get('completeProfileSet', {
    params,
    body: { agreedCredits: null, consent: 'synthetic' },
  });
  expect(completed.trainingChosen).toBe(false);
  const settings = { loraTrainingEnabled: true, loraTrainingAutoStart: false };
  expect(await api.get('saveSettings', { params, body: settings })).toEqual(settings);

  const { models, defaultModel } = await api.get('listModels');
  expect(models.map(({ id }: { id: string }) => id)).toContain(defaultModel);
  const price = await api.get('getLoraPrice', { params, query: { imageCount: '5' } });
  expect(price).toMatchObject({
    baseModel: 'z-image-turbo',
    baseCredits: 15_000,
    perImageCredits: 1_000,
    totalCredits: 20_000,
    freeRetry: false,
  });
  const stale = await api.refused('trainLora', 'PRICE_CHANGED', {
    params,
    body: { imageIds, expectedCredits: 19_000 },
  });
  expect(stale.details).toEqual({ currentCredits: 20_000, expectedCredits: 19_000 });

  const start = { params, body, key: randomUUID() };
  const started = await api.get('trainLora', start);
  expect(started).toMatchObject({ creditsReserved: 20_000, creditsCost: 20_000 });
  expect(Object.keys(started).sort()).toEqual(
    [
      'loraModelId',
      'trainingJobId',
      'status',
      'estimatedTime',
      'creditsReserved',
      'creditsCost',
    ].sort(),
  );
  expect((await api.get('trainLora', start)).loraModelId).toBe(started.loraModelId);
  await api.refused('trainLora', 'REQUEST_REUSED', {
    ...start,
    body: { ...body, baseModel: 'one-2.1' },
  });
  await api.refused('trainLora', 'TRAINING_OPEN', { params, body });
  expect(await api.get('getBalance')).toEqual({
    totalCredits: 100_000,
    reservedCredits: 20_000,
    availableCredits: 80_000,
  });

  // The first version of the API sees the same training.
  const { trainingJobId, loraModelId } = started;
  for (const jobId of [trainingJobId, loraModelId]) {
    const status = await api.get('getCharacterLoraStatus', { params: { jobId } });
    expect(status.current.id).toBe(loraModelId);
  }
  await api.refused('trainCharacterLora', 'TRAINING_OPEN', {
    body: { ...body, characterId: mara.id },
  });

  const ready = await expectStatus(api, mara.id, 'ready');
  expect(ready).toMatchObject({ id: loraModelId, costCredits: 20_000, money: 'captured' });
  const training = { id: mara.id, loraModelId };
  expect((await api.get('getTraining', { params: training })).status).toBe('ready');
  expect((await api.get('listTrainings', { params })).trainings).toHaveLength(1);

  // The file: what is told of it is what it is.
  const { files } = await api.get('listLoraFiles', { params: training });
  expect(files).toHaveLength(1);
  const answered = await api.ask('downloadLora', { params: training });
  for (const url of [files[0].url, answered.headers.location]) {
    const file = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(file.length).toBe(files[0].bytes);
    expect(createHash('sha256').update(file).digest('hex')).toBe(files[0].sha256);
    const headerBytes = Number(file.readBigUInt64LE());
    const header = JSON.parse(file.subarray(8, 8 + headerBytes).toString('utf8'));
    expect(Object.keys(header).length).toBeGreaterThan(2);
  }
  const { lora } = await api.get('getCharacterLora', { params: { characterId: mara.id } });
  expect(lora).toMatchObject({ id: loraModelId, status: 'ready', type: 'face' });
  expect((await api.get('listMyLoras')).loras).toMatchObject([{ id: loraModelId }]);
  const cost = await api.get('getCharacterLoraTrainingCost', {
    query: { imageCount: '7', baseModel: 'one-2.2' },
  });
  expect(cost.totalCredits).toBe(32_000);

  // What was told, and the books.
  const inbox = await api.get('listNotifications');
  const types = inbox.notifications.map(({ type }: { type: string }) => type);
  expect(types).toEqual(
    expect.arrayContaining(['lora.training.completed', 'lora.training.started']),
  );
  const [notice] = inbox.notifications;
  await api.get('markNotification', { params: { id: notice.id }, body: { read: true } });
  await api.get('dismissNotification', { params: { id: notice.id }, body: { dismissed: true } });
  await api.get('dismissNotifications', {
    body: { notificationIds: [notice.id], dismissed: false },
  });
  await api.get('markAllNotificationsRead', { body: {} });
  expect((await api.get('listNotifications')).unreadCount).toBe(0);
  const { lines } = await api.get('listCreditLines');
  expect(lines.map(({ kind }: { kind: string }) => kind)).toEqual(['capture', 'reserve', 'grant']);
  expect(await api.get('exportCreditLines')).toContain('Mara');

  // A new liked picture, a retraining, and its cancelling.
  const news = async () => api.get('getNewImagesAvailable', { params });
  expect(await news()).toMatchObject({ hasNewLikedImages: false, newLikedImageCount: 0 });
  const liked = await sendPicture(api, mara.id, 'new');
  await api.get('likeImage', { params: { id: liked.id }, body: { liked: true } });
  expect(await news()).toMatchObject({
    hasNewLikedImages: true,
    newLikedImageCount: 1,
    lastTrainingDate: expect.any(String),
    suggestion: expect.stringMatching(/^You have 1\snew liked image\. Retrain/),
  });
  const retrained = await api.get('trainCharacterLora', {
    key: randomUUID(),
    body: { characterId: mara.id, imageIds: [...imageIds, liked.id], isRetrain: true },
  });
  expect(retrained.creditsReserved).toBe(21_000);
  const second = { id: mara.id, loraModelId: retrained.loraModelId };
  await api.refused('listLoraFiles', 'NO_FILE_YET', { params: second });
  const cancelling = await api.get('cancelTraining', { params: second, key: randomUUID() });
  expect(cancelling.current.id).toBe(retrained.loraModelId);
  await expectStatus(api, mara.id, 'cancelled');
  await api.refused('cancelTraining', 'TRAINING_ENDED', { params: second });
  expect(await api.get('getBalance')).toMatchObject({
    totalCredits: 80_000,
    reservedCredits: 0,
  });
  await expectSoundBooks();
  await api.close();
});

test('pictures from the generator, the studio and a purchase', async ({ playwright, creator }) => {
  const api = await ApiClient.open(playwright.request, creator.id);
  const iris = await api.get('createInfluencer', { body: { name: 'Iris' } });
  const params = { id: iris.id };
  await api.get('generateProfileSet', { params });
  await expect
    .poll(async () => {
      const { images } = await api.get('listImages', { params });
      return images.filter(({ state }: { state: string }) => state === 'ready').length;
    })
    .toBeGreaterThanOrEqual(5);
  await api.get('completeProfileSet', { params, body: { agreedCredits: null } });
  await api.refused('generateProfileSet', 'PROFILE_SET_COMPLETE', { params });

  const studio = {
    params,
    key: randomUUID(),
    body: { prompt: 'reading in a café', baseModel: 'z-image-turbo', count: 2 },
  };
  const asked = await api.get('generateImages', studio);
  expect(asked.images).toHaveLength(2);
  expect(await api.get('generateImages', studio)).toEqual(asked);
  await expect
    .poll(async () => {
      const { items } = await api.get('listGallery', { params });
      return items.filter(({ prompt }: { prompt: string }) => prompt === studio.body.prompt);
    })
    .toMatchObject([{ state: 'ready' }, { state: 'ready' }]);

  const { packages } = await api.get('listPackages');
  const buy = { key: randomUUID(), body: { packageId: packages[0].id } };
  const bought = await api.get('buyCredits', buy);
  expect(await api.get('buyCredits', buy)).toEqual(bought);
  const purchase = await api.get('getPurchase', { params: { id: bought.purchaseId } });
  expect(purchase.credits).toBe(packages[0].credits);
  await api.refused('buyCredits', 'PACKAGE_GONE', { body: { packageId: 'v0-1' } });
  await expectSoundBooks();
  await api.close();
});

// Who asks ---------------------------------------------------------------------------------------

test('a token is its owner, and a bad one is nobody even where a cookie is', async ({
  playwright,
  creator,
  context,
}) => {
  const nobody = await ApiClient.open(playwright.request, null);
  const refused = await nobody.ask('listInfluencers');
  expect([refused.status, refused.body.code]).toEqual([401, 'SIGNED_OUT']);
  expect(refused.headers['www-authenticate']).toBe('Bearer');
  await nobody.close();

  const { id, token } = await tokenOf(creator.id);
  const ask = (authorization: string) =>
    context.request.get('/api/influencer', { headers: { authorization } });
  expect((await ask(`Bearer ${token}`)).status()).toBe(200);
  for (const bad of ['Bearer', 'Bearer x', `Bearer ${token}x`, `Basic ${token}`, token]) {
    await expectProblem(await ask(bad), 401, 'BAD_TOKEN');
  }
  await revokeApiToken(creatorContext(creator.id), { apiTokenId: id });
  const after = await ask(`Bearer ${token}`);
  await expectProblem(after, 401, 'BAD_TOKEN');
  expect(after.headers()['www-authenticate']).toBe('Bearer error="invalid_token"');
  // The cookie alone still is somebody.
  expect((await context.request.get('/api/influencer')).status()).toBe(200);
});

test('a token needs no origin; a cookie does', async ({ playwright, creator, context }) => {
  const api = await ApiClient.open(playwright.request, creator.id, {
    origin: 'https://elsewhere.example',
  });
  await api.get('createInfluencer', { body: { name: 'Mara' } });
  const byCookie = await context.request.post('/api/influencer', {
    data: { name: 'Mara' },
    headers: { origin: 'https://elsewhere.example' },
  });
  await expectProblem(byCookie, 403, 'FOREIGN_ORIGIN');
  await api.close();
});

test('what is somebody else’s is answered like what is not there, everywhere', async ({
  playwright,
  creator,
  stranger,
}) => {
  const theirs = await stranger.influencer({ name: 'Iris', images: 5 });
  const [image] = theirs.images;
  const started = await ApiClient.open(playwright.request, stranger.id);
  const { loraModelId, trainingJobId } = await started.get('trainLora', {
    params: { id: theirs.id },
    body: { imageIds: theirs.images.map(({ id }) => id), consent: 'self' },
  });
  const [notice] = (await started.get('listNotifications')).notifications;
  await started.get('cancelTraining', { params: { id: theirs.id, loraModelId } });
  await expectStatus(started, theirs.id, 'cancelled');
  const before = [await booksOf(creator), await booksOf(stranger)];

  const api = await ApiClient.open(playwright.request, creator.id);
  const nowhere = randomUUID();
  const requests: [OperationId, (id: string) => Asked, string | undefined][] = [
    ['getInfluencer', (id) => ({ params: { id } }), theirs.id],
    ['changeInfluencer', (id) => ({ params: { id }, body: { name: 'x', look: '' } }), theirs.id],
    ['listImages', (id) => ({ params: { id } }), theirs.id],
    [
      'requestUpload',
      (id) => ({
        params: { id },
        body: { fileName: 'a.jpg', bytes: 9, contentType: 'image/jpeg' },
      }),
      theirs.id,
    ],
    ['generateProfileSet', (id) => ({ params: { id } }), theirs.id],
    ['completeProfileSet', (id) => ({ params: { id }, body: { agreedCredits: null } }), theirs.id],
    ['saveSettings', (id) => ({ params: { id }, body: {} }), theirs.id],
    ['getLoraStatus', (id) => ({ params: { id } }), theirs.id],
    ['getAvailableImages', (id) => ({ params: { id } }), theirs.id],
    ['getNewImagesAvailable', (id) => ({ params: { id } }), theirs.id],
    ['getLoraPrice', (id) => ({ params: { id }, query: { imageCount: '5' } }), theirs.id],
    ['listTrainings', (id) => ({ params: { id } }), theirs.id],
    ['listGallery', (id) => ({ params: { id } }), theirs.id],
    [
      'trainLora',
      (id) => ({ params: { id }, body: { imageIds: theirs.images.map((one) => one.id) } }),
      theirs.id,
    ],
    [
      'trainCharacterLora',
      (id) => ({ body: { characterId: id, imageIds: theirs.images.map((one) => one.id) } }),
      theirs.id,
    ],
    ['getCharacterLora', (characterId) => ({ params: { characterId } }), theirs.id],
    ['getCharacterLoraStatus', (jobId) => ({ params: { jobId } }), trainingJobId],
    ['getTraining', (id) => ({ params: { id: theirs.id, loraModelId: id } }), loraModelId],
    ['cancelTraining', (id) => ({ params: { id: theirs.id, loraModelId: id } }), loraModelId],
    ['listLoraFiles', (id) => ({ params: { id: theirs.id, loraModelId: id } }), loraModelId],
    ['downloadLora', (id) => ({ params: { id: theirs.id, loraModelId: id } }), loraModelId],
    ['openImage', (id) => ({ params: { id } }), image?.id],
    ['downloadImage', (id) => ({ params: { id } }), image?.id],
    ['likeImage', (id) => ({ params: { id }, body: { liked: true } }), image?.id],
    ['captionImage', (id) => ({ params: { id }, body: { caption: 'x' } }), image?.id],
    ['removeImage', (id) => ({ params: { id } }), image?.id],
    ['finishUpload', (id) => ({ params: { id } }), image?.id],
    ['markNotification', (id) => ({ params: { id }, body: { read: true } }), notice.id],
    ['dismissNotification', (id) => ({ params: { id }, body: { dismissed: true } }), notice.id],
  ];
  for (const [id, asked, known] of requests) {
    const mine = await api.refused(id, 'NOT_FOUND', asked(nowhere));
    expect(await api.refused(id, 'NOT_FOUND', asked(known ?? '')), id).toEqual(mine);
    expect(await api.refused(id, 'NOT_FOUND', asked('1'))).toEqual(mine);
  }
  expect([await booksOf(creator), await booksOf(stranger)]).toEqual(before);
  await Promise.all([api.close(), started.close()]);
});

test('the limit of a minute is 429 with the seconds to wait', async ({ playwright, creator }) => {
  const api = await ApiClient.open(playwright.request, creator.id);
  const key = limitKey('apiToken', creator.id);
  const used = { points: 600, expire: new Date(Date.now() + 40_000) };
  await db().rateLimiterFlexible.upsert({
    where: { key },
    create: { key, ...used },
    update: used,
  });
  const refused = await api.ask('listInfluencers');
  expect([refused.status, refused.body.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
  const seconds = Number(refused.headers['retry-after']);
  expect(seconds).toBeGreaterThan(20);
  expect(seconds).toBeLessThanOrEqual(60);
  await api.close();
});

// Once -------------------------------------------------------------------------------------------

test('ten of one request at once do it once', async ({ playwright, creator }) => {
  const api = await ApiClient.open(playwright.request, creator.id);
  const asked = { key: 'one-intention', body: { name: 'Mara' } };
  const all: Told[] = await Promise.all(
    Array.from({ length: 10 }, () => api.ask('createInfluencer', asked)),
  );
  const made = all.filter(({ status }) => status === 201);
  const waiting = all.filter(({ body }) => body.code === 'REQUEST_IN_PROGRESS');
  expect(made.length).toBeGreaterThanOrEqual(1);
  expect(made.length + waiting.length).toBe(10);
  for (const { headers } of waiting) expect(headers['retry-after']).toBe('2');
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
  expect((await api.get('listInfluencers')).influencers).toHaveLength(1);

  // A request that was cut off before it answered runs again and makes nothing twice.
  await db().idempotencyKey.updateMany({
    where: { userId: creator.id, key: asked.key },
    data: { responseStatus: null, createdAt: new Date(Date.now() - 61_000) },
  });
  const resumed = await api.ask('createInfluencer', asked);
  expect(resumed.status).toBe(201);
  expect(resumed.headers['idempotent-replayed']).toBeUndefined();
  expect(resumed.body.id).toBe(made[0]?.body.id);
  expect((await api.get('listInfluencers')).influencers).toHaveLength(1);
  await api.close();
});

test('a refusal is repeated under its key, and another key is another try', async ({
  playwright,
  creator,
}) => {
  const api = await ApiClient.open(playwright.request, creator.id);
  const mara = await creator.influencer({ name: 'Mara', images: 5, stored: false });
  const asked = {
    params: { id: mara.id },
    key: randomUUID(),
    body: { imageIds: mara.images.map(({ id }) => id) },
  };
  await api.refused('trainLora', 'CONSENT_NEEDED', asked);
  await db().consent.create({
    data: { characterId: mara.id, kind: 'self', wordingVersion: 1, imageSha256s: [] },
  });
  const repeated = await api.ask('trainLora', asked);
  expect(repeated.body.code).toBe('CONSENT_NEEDED');
  expect(repeated.headers['idempotent-replayed']).toBe('true');
  const { loraModelId } = await api.get('trainLora', { ...asked, key: randomUUID() });
  await api.get('cancelTraining', { params: { id: mara.id, loraModelId } });
  await api.close();
});

// Bad input --------------------------------------------------------------------------------------

const long = 'x'.repeat(10_000);

const bad: [string, OperationId, ErrorCode, (id: string) => Asked][] = [
  ['no name', 'createInfluencer', 'INVALID_INPUT', () => ({ body: {} })],
  [
    'a name of 10,000 characters',
    'createInfluencer',
    'INVALID_INPUT',
    () => ({ body: { name: long } }),
  ],
  ['a number for a name', 'createInfluencer', 'INVALID_INPUT', () => ({ body: { name: 7 } })],
  ['a NUL in a name', 'createInfluencer', 'INVALID_INPUT', () => ({ body: { name: 'a\0b' } })],
  [
    'a field nobody knows',
    'createInfluencer',
    'INVALID_INPUT',
    () => ({ body: { name: 'a', userId: 'b' } }),
  ],
  ['a list for a body', 'createInfluencer', 'INVALID_INPUT', () => ({ body: [] })],
  [
    'no JSON',
    'createInfluencer',
    'INVALID_INPUT',
    () => ({ body: '{"name": ', headers: { 'content-type': 'application/json' } }),
  ],
  [
    'a form',
    'createInfluencer',
    'WRONG_CONTENT_TYPE',
    () => ({ body: 'name=Mara', headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  ],
  [
    'JSON as text',
    'createInfluencer',
    'WRONG_CONTENT_TYPE',
    () => ({ body: '{"name":"Mara"}', headers: { 'content-type': 'text/plain' } }),
  ],
  ['2 MB', 'createInfluencer', 'BODY_TOO_LARGE', () => ({ body: { name: 'x'.repeat(2_000_000) } })],
  [
    'a key of 201 characters',
    'createInfluencer',
    'INVALID_INPUT',
    () => ({ body: { name: 'a' }, key: 'k'.repeat(201) }),
  ],
  [
    'a key with a space',
    'createInfluencer',
    'INVALID_INPUT',
    () => ({ body: { name: 'a' }, key: 'a b' }),
  ],
  [
    '51 images',
    'trainLora',
    'TOO_MANY_IMAGES',
    (id) => ({
      params: { id },
      body: { consent: 'self', imageIds: Array.from({ length: 51 }, () => randomUUID()) },
    }),
  ],
  [
    '1,001 images',
    'trainLora',
    'INVALID_INPUT',
    (id) => ({
      params: { id },
      body: { imageIds: Array.from({ length: 1_001 }, () => randomUUID()) },
    }),
  ],
  [
    'images by name',
    'trainLora',
    'INVALID_INPUT',
    (id) => ({ params: { id }, body: { imageIds: ['../../x'] } }),
  ],
  ['no images', 'trainLora', 'INVALID_INPUT', (id) => ({ params: { id }, body: {} })],
  [
    'a model nobody knows',
    'trainLora',
    'UNKNOWN_BASE_MODEL',
    (id) => ({ params: { id }, body: { imageIds: [], baseModel: 'sdxl' } }),
  ],
  [
    'half a credit',
    'trainLora',
    'INVALID_INPUT',
    (id) => ({ params: { id }, body: { imageIds: [], expectedCredits: 0.5 } }),
  ],
  [
    'a switch that is text',
    'saveSettings',
    'INVALID_INPUT',
    (id) => ({ params: { id }, body: { loraTrainingEnabled: 'yes' } }),
  ],
  ['no count', 'getLoraPrice', 'INVALID_INPUT', (id) => ({ params: { id } })],
  [
    'a count of 0',
    'getLoraPrice',
    'INVALID_INPUT',
    (id) => ({ params: { id }, query: { imageCount: '0' } }),
  ],
  [
    'a count of 51',
    'getLoraPrice',
    'INVALID_INPUT',
    (id) => ({ params: { id }, query: { imageCount: '51' } }),
  ],
  [
    'a count that is none',
    'getLoraPrice',
    'INVALID_INPUT',
    (id) => ({ params: { id }, query: { imageCount: '5; DROP TABLE users' } }),
  ],
  [
    'a parameter nobody knows',
    'getLoraStatus',
    'INVALID_INPUT',
    (id) => ({ params: { id }, query: { verbose: '1' } }),
  ],
  [
    'a file that is no image',
    'requestUpload',
    'NOT_AN_IMAGE',
    (id) => ({ params: { id }, body: { fileName: 'a.gif', bytes: 9, contentType: 'image/gif' } }),
  ],
  [
    'a file of 21 MB',
    'requestUpload',
    'FILE_TOO_LARGE',
    (id) => ({
      params: { id },
      body: { fileName: 'a.jpg', bytes: 21_000_000, contentType: 'image/jpeg' },
    }),
  ],
  [
    'a body where there is none',
    'finishUpload',
    'INVALID_INPUT',
    () => ({ params: { id: randomUUID() }, body: { bytes: 1 } }),
  ],
];

test('bad input has its code, and nothing is left behind', async ({ playwright, creator }) => {
  const api = await ApiClient.open(playwright.request, creator.id);
  const mara = await creator.influencer({ name: 'Mara', images: 5, stored: false });
  const before = await booksOf(creator);
  for (const [what, id, code, ask] of bad) {
    await test.step(what, async () => {
      await api.refused(id, code, ask(mara.id));
    });
  }
  expect(await booksOf(creator)).toEqual(before);
  expect((await api.get('listInfluencers')).influencers).toHaveLength(1);
  await api.close();
});

test('names are text, whatever stands in them', async ({ playwright, creator }) => {
  const api = await ApiClient.open(playwright.request, creator.id);
  const names = [
    '../../x',
    'מארה',
    '👩‍🎤🏳️‍🌈',
    "'; DROP TABLE users; --",
    '<b>Mara</b>',
    '%00%2e%2e',
  ];
  for (const name of names) {
    const made = await api.get('createInfluencer', { body: { name } });
    expect(made.name).toBe(name);
    expect(made.triggerWord).toMatch(/^[a-z0-9_]+$/);
    await sendPicture(api, made.id, '../../etc/passwd');
  }
  const { influencers } = await api.get('listInfluencers');
  expect(influencers.map(({ name }: { name: string }) => name)).toEqual([...names].reverse());
  await api.close();
});

test('a method or an address that is not there is a problem too', async ({
  playwright,
  creator,
}) => {
  const api = await ApiClient.open(playwright.request, creator.id);
  const put = await api.raw('/api/influencer', { method: 'PUT', data: {} });
  await expectProblem(put, 405, 'METHOD_NOT_ALLOWED');
  expect(put.headers().allow).toBe('GET, HEAD, POST');
  await expectProblem(
    await api.raw(`/api/images/${randomUUID()}/like`, { method: 'DELETE' }),
    405,
    'METHOD_NOT_ALLOWED',
  );
  await expectProblem(await api.raw('/api/nothing/here'), 404, 'NOT_FOUND');
  await expectProblem(await api.raw('/api/influencer/..%2F..%2Fx'), 404, 'NOT_FOUND');
  await api.close();
});

test('a link to a file ends: after its time the store refuses it', async ({ creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 1 });
  const key = imageDisplayKey(mara.id, mara.images[0]?.id ?? '');
  const url = await store().presignGet(key, { expiresInSeconds: 1, contentType: 'image/webp' });
  await expect.poll(async () => (await fetch(url)).status).toBe(403);
});

// The pages --------------------------------------------------------------------------------------

test('a creator makes a token, copies it once, and revokes it', async ({
  page,
  context,
  creator: _,
  playwright,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto('/influencer');
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('link', { name: 'Account and API tokens' }).click();
  await expect(page.getByRole('heading', { name: 'Account', level: 1 })).toBeVisible();
  const tokens = panel(page, 'API tokens');
  await expect(tokens.getByText('No tokens yet')).toBeVisible();
  await tokens.getByRole('button', { name: 'Create token' }).click();
  await expect(tokens.getByLabel('Name of a new token')).toHaveAccessibleDescription(
    /Give it a name/,
  );
  await tokens.getByLabel('Name of a new token').fill('Nightly run');
  await page.keyboard.press('Enter');
  const shown = tokens.getByText(/^lk_[A-Za-z0-9_-]{43}$/);
  await expect(shown).toBeVisible();
  const token = (await shown.textContent()) ?? '';
  await tokens.getByRole('button', { name: 'Copy token' }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(token);
  await expectAccessible(page);

  const http = await playwright.request.newContext({
    baseURL: process.env.BASE_URL,
    extraHTTPHeaders: { authorization: `Bearer ${token}` },
  });
  expect((await http.get('/api/influencer')).status()).toBe(200);

  await page.reload();
  await expect(tokens.getByText('Last used')).toBeVisible();
  await expect(page.getByText(token)).toHaveCount(0);
  await tokens.getByRole('button', { name: 'Revoke Nightly run' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Revoke Nightly run?' });
  await expect(dialog.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Revoke token' }).click();
  await expect(tokens.getByText('No tokens yet')).toBeVisible();
  await expect(tokens.getByText('The token was revoked.')).toBeVisible();
  await expectProblem(await http.get('/api/influencer'), 401, 'BAD_TOKEN');
  await http.dispose();
});

test('the developers’ page shows every operation and every code, to everybody', async ({
  page,
  request,
}) => {
  const document = await (await request.get('/api/openapi.json')).json();
  await page.goto('/developers#error-NOT_ENOUGH_CREDITS');
  await expect(page.getByText('NOT_ENOUGH_CREDITS', { exact: true }).last()).toBeInViewport();
  for (const path of Object.keys(document.paths)) {
    await expect(page.getByText(path, { exact: false }).first()).toBeAttached();
  }
  const summary = page.locator('summary', { hasText: 'Start a training' }).first();
  await summary.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByText(/curl -X POST ".*\/lora\/train"/)).toBeVisible();
  await expectGoodLooks(page);
});
