import { randomUUID } from 'node:crypto';
import type { APIRequestContext, APIResponse } from '@playwright/test';
import { db } from '../lib/db.ts';
import type { ErrorCode } from '../lib/errors.ts';
import {
  booksOf,
  type Creator,
  expect,
  expectProblem,
  expectSoundBooks,
  type Influencer,
  signInAs,
  test,
} from './fixtures.ts';

interface Asked {
  api: APIRequestContext;
  /** Of the signed-in creator: 7 images, finished, no training yet. */
  mara: Influencer;
  creator: Creator;
  stranger: Creator;
}

interface Refusal {
  what: string;
  status: number;
  code: ErrorCode;
  credits?: number;
  ask: (asked: Asked) => Promise<APIResponse>;
  details?: Record<string, unknown>;
}

const origin = String(process.env.BASE_URL);

function post(api: APIRequestContext, path: string, data: unknown, headers = {}) {
  return api.post(`/api/influencer/${path}`, { data, headers: { origin, ...headers } });
}

/** A start that would work, changed by `change`. */
function start({ api, mara }: Asked, change: object = {}, headers = {}): Promise<APIResponse> {
  const body = { imageIds: idsOf(mara), consent: 'synthetic', expectedCredits: 22_000, ...change };
  return post(api, `${mara.id}/lora/train`, body, headers);
}

function idsOf({ images }: Influencer): string[] {
  return images.map(({ id }) => id);
}

const refusals: Refusal[] = [
  {
    what: 'fewer than 5 images',
    status: 422,
    code: 'TOO_FEW_IMAGES',
    details: { missing: 2 },
    ask: (asked) => start(asked, { imageIds: idsOf(asked.mara).slice(0, 3) }),
  },
  {
    what: 'the same image five times',
    status: 422,
    code: 'TOO_FEW_IMAGES',
    ask: (asked) => start(asked, { imageIds: Array(5).fill(idsOf(asked.mara)[0]) }),
  },
  {
    what: 'more than 50 images',
    status: 422,
    code: 'TOO_MANY_IMAGES',
    details: { over: 1 },
    ask: (asked) => start(asked, { imageIds: Array.from({ length: 51 }, () => randomUUID()) }),
  },
  {
    what: 'images of another character of the same creator',
    status: 422,
    code: 'IMAGE_NOT_AVAILABLE',
    details: { missing: 1 },
    ask: async (asked) => {
      const iris = await asked.creator.influencer({ name: 'Iris', images: 1 });
      return start(asked, { imageIds: [...idsOf(asked.mara).slice(0, 4), ...idsOf(iris)] });
    },
  },
  {
    what: 'an unknown base model',
    status: 422,
    code: 'UNKNOWN_BASE_MODEL',
    ask: (asked) => start(asked, { baseModel: 'sdxl' }),
  },
  {
    what: 'Flux without a licence',
    status: 422,
    code: 'LICENCE_NEEDED',
    ask: (asked) => start(asked, { baseModel: 'flux', expectedCredits: 32_000 }),
  },
  {
    what: 'a price that has changed since it was shown',
    status: 409,
    code: 'PRICE_CHANGED',
    details: { currentCredits: 22_000, expectedCredits: 21_000 },
    ask: (asked) => start(asked, { expectedCredits: 21_000 }),
  },
  {
    what: 'not enough credits',
    status: 402,
    code: 'NOT_ENOUGH_CREDITS',
    credits: 21_999,
    details: { missing: 1 },
    ask: (asked) => start(asked),
  },
  {
    what: 'nobody has said who it is',
    status: 422,
    code: 'CONSENT_NEEDED',
    ask: (asked) => start(asked, { consent: null }),
  },
  {
    what: 'an unfinished profile set',
    status: 422,
    code: 'PROFILE_SET_INCOMPLETE',
    ask: async (asked) => {
      const iris = await asked.creator.influencer({
        name: 'Iris',
        images: 5,
        profileSetComplete: false,
      });
      return start({ ...asked, mara: iris }, { expectedCredits: 20_000 });
    },
  },
  {
    what: 'an extra key',
    status: 400,
    code: 'INVALID_INPUT',
    ask: (asked) => start(asked, { costCredits: 0 }),
  },
  {
    what: 'half a credit',
    status: 400,
    code: 'INVALID_INPUT',
    details: { field: 'expectedCredits' },
    ask: (asked) => start(asked, { expectedCredits: 22_000.5 }),
  },
  {
    what: 'a body that is no JSON',
    status: 400,
    code: 'INVALID_INPUT',
    ask: ({ api, mara }) =>
      post(api, `${mara.id}/lora/train`, '{"imageIds": [', { 'content-type': 'application/json' }),
  },
  {
    what: 'a body of 2 MB',
    status: 413,
    code: 'BODY_TOO_LARGE',
    ask: (asked) => start(asked, { padding: 'x'.repeat(2_000_000) }),
  },
  {
    what: 'a request from another site',
    status: 403,
    code: 'FOREIGN_ORIGIN',
    ask: (asked) => start(asked, {}, { origin: 'https://elsewhere.example' }),
  },
  {
    what: 'a request that does not say where it comes from',
    status: 403,
    code: 'FOREIGN_ORIGIN',
    ask: ({ api, mara }) =>
      api.post(`/api/influencer/${mara.id}/lora/train`, { data: { imageIds: idsOf(mara) } }),
  },
  {
    what: 'an influencer that is not there',
    status: 404,
    code: 'NOT_FOUND',
    ask: ({ api, mara }) =>
      post(api, `${randomUUID()}/lora/train`, { imageIds: idsOf(mara), consent: 'self' }),
  },
  {
    what: 'an influencer whose id is none',
    status: 404,
    code: 'NOT_FOUND',
    ask: ({ api, mara }) => post(api, '1/lora/train', { imageIds: idsOf(mara), consent: 'self' }),
  },
  {
    what: 'a training that is not there',
    status: 404,
    code: 'NOT_FOUND',
    ask: ({ api, mara }) => post(api, `${mara.id}/lora/${randomUUID()}/cancel`, {}),
  },
];

for (const { what, status, code, credits, details, ask } of refusals) {
  test.describe(what, () => {
    if (credits !== undefined) test.use({ credits });
    test(`is ${status} ${code}`, async ({ context, creator, stranger }) => {
      const mara = await creator.influencer({ name: 'Mara', images: 7, stored: false });
      const asked = { api: context.request, mara, creator, stranger };
      const before = await booksOf(creator);
      const problem = await expectProblem(await ask(asked), status, code);
      if (details) expect(problem.details).toMatchObject(details);
      expect(await booksOf(creator)).toMatchObject({ ...before, images: expect.any(Number) });
    });
  });
}

test('what is somebody else’s is answered like what is not there, to the letter', async ({
  context,
  creator,
  stranger,
}) => {
  const api = context.request;
  const theirs = await stranger.influencer({ name: 'Iris', images: 5, stored: false });
  const before = [await booksOf(creator), await booksOf(stranger)];
  const body = { imageIds: idsOf(theirs), consent: 'self' };
  const requests = (id: string) => [
    post(api, `${id}/lora/train`, body),
    post(api, `${id}/images`, { fileName: 'a.jpg', bytes: 9, contentType: 'image/jpeg' }),
    api.patch(`/api/influencer/${id}/settings`, {
      headers: { origin },
      data: { loraTrainingEnabled: false },
    }),
    ...['lora/status', 'images', 'lora/available-images', 'lora/new-images-available'].map((read) =>
      api.get(`/api/influencer/${id}/${read}`),
    ),
  ];
  const answers = async (id: string) => {
    const all = await Promise.all(requests(id));
    for (const answer of all) await expectProblem(answer, 404, 'NOT_FOUND');
    return Promise.all(all.map((answer) => answer.text()));
  };
  expect(await answers(theirs.id)).toEqual(await answers(randomUUID()));
  expect([await booksOf(creator), await booksOf(stranger)]).toEqual(before);
});

test('a session that is over, ended or missing is 401 SIGNED_OUT', async ({ browser, creator }) => {
  const mara = await creator.influencer({ name: 'Mara', images: 7, stored: false });
  const before = await booksOf(creator);
  const context = await browser.newContext();
  const asked = { api: context.request, mara };
  const startNow = () =>
    post(asked.api, `${mara.id}/lora/train`, { imageIds: idsOf(mara), consent: 'self' });

  await expectProblem(await startNow(), 401, 'SIGNED_OUT');
  const id = await signInAs(context, creator.id);
  await db().session.update({ where: { id }, data: { expiresAt: new Date(Date.now() - 1_000) } });
  await expectProblem(await startNow(), 401, 'SIGNED_OUT');
  await db().session.delete({ where: { id } });
  await expectProblem(await startNow(), 401, 'SIGNED_OUT');
  await context.addCookies([{ name: 'next-auth.session-token', value: 'forged', url: origin }]);
  await expectProblem(await startNow(), 401, 'SIGNED_OUT');
  expect(await booksOf(creator)).toEqual(before);
  await context.close();
});

test('one training at a time, one answer for one request, and no cancelling after the end', async ({
  context,
  creator,
  stranger,
}) => {
  const api = context.request;
  const mara = await creator.influencer({ name: 'Mara', images: 7 });
  const asked = { api, mara, creator, stranger };
  const key = { 'idempotency-key': randomUUID() };

  const started = await start(asked, {}, key);
  expect(started.status()).toBe(201);
  const { loraModelId } = await started.json();
  const after = await booksOf(creator);
  expect(after.balance).toMatchObject({ totalCredits: 100_000, reservedCredits: 22_000 });

  expect(await (await start(asked, {}, key)).json()).toMatchObject({ loraModelId });
  const otherImages = { imageIds: idsOf(mara).slice(1), expectedCredits: 21_000 };
  await expectProblem(await start(asked, otherImages, key), 409, 'REQUEST_REUSED');
  await expectProblem(await start(asked), 409, 'TRAINING_OPEN');
  expect(await booksOf(creator)).toEqual(after);

  const cancel = () => post(api, `${mara.id}/lora/${loraModelId}/cancel`, {});
  expect((await cancel()).status()).toBe(200);
  await expect
    .poll(async () => {
      const answer = await api.get(`/api/influencer/${mara.id}/lora/status`);
      return (await answer.json()).current.status;
    })
    .toBe('cancelled');
  const ended = await booksOf(creator);
  expect(ended.balance).toMatchObject({ totalCredits: 100_000, reservedCredits: 0 });
  await expectProblem(await cancel(), 409, 'TRAINING_ENDED');
  expect(await booksOf(creator)).toEqual(ended);
  await expectSoundBooks();
});
