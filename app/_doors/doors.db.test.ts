import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createApiToken } from '@/lib/accounts/create-api-token.ts';
import { limitKey } from '@/lib/accounts/limits.ts';
import { limits } from '@/lib/accounts/rules/limits.ts';
import { openSession } from '@/lib/accounts/sessions.ts';
import { operationList, operations } from '@/lib/api/rules/catalogue.ts';
import type { Operation } from '@/lib/api/rules/operation.ts';
import { removeImage } from '@/lib/characters/remove-image.ts';
import { creatorContext } from '@/lib/context.ts';
import { db, inTransaction } from '@/lib/db.ts';
import { errorStatus } from '@/lib/errors.ts';
import { notify } from '@/lib/notifications/notify.ts';
import { makeCharacter, makeUser } from '@/lib/testing/factories.ts';
import { makePaidTraining } from '@/lib/testing/paid-training.ts';
import { addReadyModel } from '@/lib/testing/ready-model.ts';
import { startStore } from '@/lib/testing/start-store.ts';
import { changeSettings } from '../../lib/testing/change-settings.ts';
import { asRequest, signedIn } from './as-request';
import {
  type Asked,
  actionDoors,
  type Belongings,
  type Door,
  type PageDoor,
  pageDoors,
  routeDoors,
} from './door-table';

const app = join(import.meta.dirname, '..');
const own = { origin: 'http://localhost:3000' };
const noOrigins: [string, Record<string, string>][] = [
  ['no Origin', {}],
  ['a foreign Origin', { origin: 'https://elsewhere.example' }],
  ['the Origin "null"', { origin: 'null' }],
  ['Sec-Fetch-Site: cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['Sec-Fetch-Site: same-site', { 'sec-fetch-site': 'same-site' }],
];

const files = readdirSync(app, { recursive: true, encoding: 'utf8' }).map((file) =>
  file.replaceAll('\\', '/'),
);
const read = (file: string) => readFileSync(join(app, file), 'utf8');
/** The address of a file: its folders without those in round brackets. */
const addressOf = (file: string) =>
  `/${file.split('/').slice(0, -1).join('/')}`.replace(/\/\([^/]+\)/g, '') || '/';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Handler = (request: Request, context: { params: Promise<object> }) => Promise<Response>;
const named = /^(?:export (?:async )?function|\s+)\s*(GET|POST|PUT|PATCH|DELETE)(?::|\()/gm;
const renamed = /\b\w+ as (GET|POST|PUT|PATCH|DELETE)\b/g;

/** Every method a route file really answers, read from the source tree. */
const routes = files
  .filter((file) => /(^|\/)route\.tsx?$/.test(file))
  .flatMap((file) =>
    [
      ...new Set(
        [...read(file).matchAll(named), ...read(file).matchAll(renamed)].map(([, m]) => m),
      ),
    ].map((method) => ({ name: `${method} ${addressOf(file)}`, method: method as Method, file })),
  );

/** Every exported function of every file that says 'use server'. */
const actions = files
  .filter((file) => /\.tsx?$/.test(file) && /^\s*'use server'/m.test(read(file)))
  .flatMap((file) =>
    [...read(file).matchAll(/^export (?:async function|const) (\w+)/gm)].map(([, name = '']) => ({
      name,
      file,
    })),
  );

const pages = files
  .filter((file) => /(^|\/)page\.tsx$/.test(file))
  .map((file) => ({ name: addressOf(file), file }));

function isGuarded(door: Door | PageDoor | undefined): boolean {
  return door !== undefined && (typeof door === 'string' ? door : door.who) !== 'anybody';
}

let victim: { id: string; belongings: Belongings };
let caller: { id: string; belongings: Belongings; cookie: Record<string, string> };

beforeAll(async () => {
  changeSettings({ AUTH_SECRET: randomUUID() });
  const store = await startStore();
  victim = await makeSomebody();
  const somebody = await makeSomebody();
  caller = { ...somebody, cookie: await signedIn(somebody.id) };
  return () => store.stop();
}, 60_000);

// The same creator knocks at every door.
beforeEach(() => db().rateLimiterFlexible.deleteMany());

describe('the table of doors', () => {
  it('names every method of every route', () => {
    expect(Object.keys(routeDoors).sort()).toEqual(routes.map(({ name }) => name).sort());
  });
  it('names every server action', () => {
    expect(Object.keys(actionDoors).sort()).toEqual(actions.map(({ name }) => name).sort());
  });
  it('names every page', () => {
    expect(Object.keys(pageDoors).sort()).toEqual(pages.map(({ name }) => name).sort());
  });
});

describe.each(routes.filter(({ name }) => isGuarded(routeDoors[name])))('$name', (route) => {
  const { name, method, file } = route;
  const door = routeDoors[name];
  if (!door || door.who === 'anybody') return;

  async function ask(asked: Asked, headers: Record<string, string>) {
    const handlers = (await import(join(app, file))) as Record<Method, Handler>;
    const query = new URLSearchParams(asked.query);
    const request = new Request(`http://localhost:3000${addressOf(file)}?${query}`, {
      method,
      headers: { ...headers, ...(asked.body && { 'content-type': 'application/json' }) },
      body: asked.body && JSON.stringify(asked.body),
    });
    const params = Promise.resolve(asked.params ?? {});
    const answer = await asRequest(request.headers, () => handlers[method](request, { params }));
    return { status: answer.status, text: await answer.text() };
  }

  if (door.who === 'signer') {
    it('refuses who did not sign, cookie or not, and changes nothing', async () => {
      const before = await everything();
      for (const headers of [{}, { ...caller.cookie, ...own }]) {
        const asked = { params: { provider: 'sandbox' }, body: { attemptId: randomUUID() } };
        expect([400, 401, 404]).toContain((await ask(asked, headers)).status);
      }
      expect(await everything()).toEqual(before);
    });
    return;
  }

  const asks = (of: Belongings) =>
    door.who === 'owner' ? door.ask(of, caller.belongings) : [door.asked];

  it('is closed to who is not signed in', async () => {
    const before = await everything();
    for (const asked of asks(victim.belongings)) {
      const { status, text } = await ask(asked, own);
      expect(status).toBe(401);
      expect(JSON.parse(text)).toMatchObject({ code: 'SIGNED_OUT' });
    }
    expect(await everything()).toEqual(before);
  });

  if (door.who === 'owner') {
    it('treats what is somebody else’s as what is not there', async () => {
      const headers = { ...caller.cookie, ...own };
      const answers = async (of: Belongings) =>
        Promise.all(asks(of).map((asked) => ask(asked, headers)));
      const before = await everything();
      const theirs = await answers(victim.belongings);
      expect(await everything()).toEqual(before);
      expect(theirs).toEqual(await answers(nobodys()));
      for (const { status, text } of theirs) {
        if (door.code) {
          expect(status).toBe(errorStatus[door.code]);
          expect(JSON.parse(text)).toMatchObject({ code: door.code });
        } else expect(status).toBeLessThan(300);
      }
      const operation = operationList.find(
        (one) => `${one.method} ${one.path.replaceAll('{', '[').replaceAll('}', ']')}` === name,
      );
      if (door.code === 'NOT_FOUND') await expectNoted(operation?.id);
    });
  } else {
    it('shows nothing of anybody else', async () => {
      const { status, text } = await ask(door.asked, { ...caller.cookie, ...own });
      expect(status).toBeLessThan(300);
      for (const id of Object.values(victim.belongings).flat()) expect(text).not.toContain(id);
    });
  }

  if (method === 'GET') {
    it('changes nothing, whoever asks', async () => {
      const before = await everything();
      for (const asked of asks(caller.belongings)) await ask(asked, caller.cookie);
      const after = await everything();
      // A download is a use, and a model in use is kept longer (D13).
      if (/\/(download|files)$/.test(name) && 'lora_models' in after) {
        after.lora_models = before.lora_models ?? '';
      }
      expect(after).toEqual(before);
    });
  } else {
    it('refuses a cookie without our own origin', async () => {
      const before = await everything();
      for (const [what, headers] of noOrigins) {
        for (const asked of asks(caller.belongings)) {
          const { status, text } = await ask(asked, { ...caller.cookie, ...headers });
          expect(status, what).toBe(403);
          expect(JSON.parse(text), what).toMatchObject({ code: 'FOREIGN_ORIGIN' });
        }
      }
      expect(await everything()).toEqual(before);
    });

    it('asks a token for no origin, because no browser sends it by itself', async () => {
      const { token } = await createApiToken(creatorContext(caller.id), { name: randomUUID() });
      const [asked = {}] = asks(nobodys());
      const { text } = await ask(asked, { authorization: `Bearer ${token}` });
      expect(text).not.toContain('FOREIGN_ORIGIN');
      await db().apiToken.deleteMany({ where: { userId: caller.id, name: { not: 'Mine' } } });
    });
  }
});

describe('who asks too often', () => {
  const limited = operationList.flatMap(({ id, limit }) => (limit ? [{ id, limit }] : []));

  it.each(limited)('is told when to come back: $id', async ({ id, limit }) => {
    const { creatorEndpoint } = await import('@/app/_server/creator-endpoint');
    const user = await makeUser();
    const key = limitKey(limit, user.id);
    const used = { points: limits[limit].points, expire: new Date(Date.now() + 40_000) };
    await db().rateLimiterFlexible.create({ data: { key, ...used } });
    const operation = operations[id as keyof typeof operations] as Operation;
    const never = creatorEndpoint(operation, () => Promise.reject(new Error('It was done.')));
    const request = new Request('http://localhost:3000/', {
      method: operation.method,
      headers: {
        ...(await signedIn(user.id)),
        ...own,
        'content-type': 'application/json',
      },
      ...(operation.method !== 'GET' && { body: JSON.stringify(operation.example?.body ?? {}) }),
    });
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const params = Promise.resolve(Object.fromEntries(names.map((name) => [name, randomUUID()])));
    const answer = await asRequest(request.headers, () => never(request, { params }));
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(await answer.json()).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      detail: 'Too many tries in a short time.',
      wayOut: expect.stringMatching(/^Wait 1\sminute and try again$/),
    });
  });

  it('is told so for tokens that are not good, by address; good ones from there are heard', async () => {
    const { demandCaller } = await import('@/app/_server/caller');
    const user = await makeUser();
    const { token } = await createApiToken(creatorContext(user.id), { name: 'Good' });
    const address = randomUUID();
    const ask = (token: string, from = address) =>
      demandCaller(
        new Request('http://localhost:3000/', {
          headers: { authorization: `Bearer ${token}`, 'x-forwarded-for': from },
        }),
      ).then(
        ({ id }) => id,
        ({ code }: { code: string }) => code,
      );
    const noted = () => db().act.count({ where: { kind: 'token.refused' } });
    const before = await noted();
    for (let time = 0; time < limits.badToken.points; time += 1) {
      expect(await ask(`lk_${'x'.repeat(43)}`)).toBe('BAD_TOKEN');
    }
    expect(await ask('x')).toBe('TOO_MANY_REQUESTS');
    expect(await noted()).toBe(before + 1);
    expect(await ask('x', randomUUID())).toBe('BAD_TOKEN');
    expect(await ask(token)).toBe(user.id);
  });

  it.each([
    ['startTraining', async () => (await import('../actions/training')).startTrainingAction],
    ['createToken', async () => (await import('../actions/api-tokens')).createApiTokenAction],
  ] as const)('is told in a form as well: %s', async (limit, load) => {
    const user = await makeUser();
    const used = { points: limits[limit].points, expire: new Date(Date.now() + 40_000) };
    await db().rateLimiterFlexible.create({ data: { key: limitKey(limit, user.id), ...used } });
    const door =
      actionDoors[limit === 'startTraining' ? 'startTrainingAction' : 'createApiTokenAction'];
    const [asked] =
      door?.who === 'owner'
        ? door.ask(victim.belongings, victim.belongings)
        : [door?.who === 'creator' ? door.asked : {}];
    const headers = new Headers({ ...(await signedIn(user.id)), ...own });
    const action = await load();
    expect(await asRequest<object>(headers, () => action(asked?.body))).toMatchObject({
      ok: false,
      refusal: {
        code: 'TOO_MANY_REQUESTS',
        wayOut: expect.stringMatching(/^Wait 1\sminute and try again$/),
      },
    });
  });
});

describe('signing in and out', () => {
  it.each(noOrigins)('is refused from %s', async (_, headers) => {
    const { POST } = await import('../api/auth/[...nextauth]/route');
    const request = new Request('http://localhost:3000/api/auth/signout', {
      method: 'POST',
      headers: { ...caller.cookie, ...headers },
    });
    const params = Promise.resolve({ nextauth: ['signout'] });
    const answer = await asRequest(request.headers, () => POST(request, { params }));
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'FOREIGN_ORIGIN' });
    expect(await db().session.count({ where: { userId: caller.id } })).toBe(2);
  });
});

describe.each(actions)('$name', ({ name, file }) => {
  const door = actionDoors[name];
  if (!door || door.who === 'signer') return;

  interface Answer {
    ok: boolean;
    refusal?: { code: string };
    state?: object;
  }
  async function ask(asked: Asked, headers: Record<string, string>): Promise<Answer> {
    const exported = (await import(join(app, file))) as Record<
      string,
      (input: unknown) => Promise<Answer>
    >;
    const action = exported[name];
    if (!action) throw new Error(`${file} has no ${name}`);
    return asRequest(new Headers(headers), () => action(asked.body));
  }

  if (door.who === 'anybody') {
    it.each(noOrigins)('refuses %s', async (_, headers) => {
      const before = await everything();
      const email = `${randomUUID()}@example.test`;
      const body = { name: '', email, password: 'correct horse battery' };
      expect(await ask({ body }, headers)).toMatchObject({ ok: false });
      expect(await everything()).toEqual(before);
    });
    return;
  }

  const asks = (of: Belongings) =>
    door.who === 'owner' ? door.ask(of, caller.belongings) : [door.asked];

  it('is closed to who is not signed in', async () => {
    const before = await everything();
    for (const asked of asks(victim.belongings)) {
      expect(await ask(asked, own)).toMatchObject({ ok: false, refusal: { code: 'SIGNED_OUT' } });
    }
    expect(await everything()).toEqual(before);
  });

  it('refuses a cookie without our own origin', async () => {
    const before = await everything();
    for (const [what, headers] of noOrigins) {
      for (const asked of asks(caller.belongings)) {
        expect(await ask(asked, { ...caller.cookie, ...headers }), what).toMatchObject({
          ok: false,
          refusal: { code: 'FOREIGN_ORIGIN' },
        });
      }
    }
    expect(await everything()).toEqual(before);
  });

  if (door.who === 'owner') {
    it('treats what is somebody else’s as what is not there', async () => {
      const headers = { ...caller.cookie, ...own };
      const answers = async (of: Belongings) =>
        Promise.all(asks(of).map((asked) => ask(asked, headers)));
      const before = await everything();
      const theirs = await answers(victim.belongings);
      expect(await everything()).toEqual(before);
      expect(theirs).toEqual(await answers(nobodys()));
      for (const answer of theirs) {
        expect(answer).toMatchObject(
          door.code ? { ok: false, refusal: { code: door.code } } : { ok: true },
        );
      }
      if (door.code === 'NOT_FOUND') await expectNoted(name.replace(/Action$/, ''));
    });
  }

  if (door.who === 'operator') {
    it('is not there for creators, which is written down, and does it for operators', async () => {
      const user = await makeUser();
      const headers = { ...(await signedIn(user.id)), ...own };
      const before = await everything();
      for (const asked of [door.asked, { body: { shape: 'unknown' } }]) {
        expect(await ask(asked, headers)).toMatchObject({
          ok: false,
          refusal: { code: 'NOT_FOUND' },
        });
      }
      expect(await everything()).toEqual(before);
      const refused = { userId: user.id, kind: 'operator.refused' };
      expect(await db().act.count({ where: refused })).toBe(2);
      await db().user.update({ where: { id: user.id }, data: { role: 'operator' } });
      expect(await ask(door.asked, headers)).toEqual({ ok: true, value: undefined });
    });
  }
});

describe.each(pages.filter(({ name }) => isGuarded(pageDoors[name])))('the page $name', (page) => {
  const { name, file } = page;
  const who = pageDoors[name];

  const open = async (characterId: string, headers: Record<string, string>) => {
    const { default: page } = (await import(join(app, file))) as {
      default: (address: object) => Promise<unknown>;
    };
    const address = {
      params: Promise.resolve({ id: characterId }),
      searchParams: Promise.resolve({}),
    };
    return asRequest(new Headers(headers), () => page(address)).then(
      () => 'shown',
      (error: { digest?: string }) => error.digest ?? String(error),
    );
  };

  it('sends who is not signed in to the sign-in page', async () => {
    expect(await open(victim.belongings.characterId, {})).toMatch(/^NEXT_REDIRECT;.*\/sign-in/);
  });

  if (who === 'owner') {
    it('is not there for anybody but its owner', async () => {
      const notThere = 'NEXT_HTTP_ERROR_FALLBACK;404';
      expect(await open(victim.belongings.characterId, caller.cookie)).toBe(notThere);
      expect(await open(randomUUID(), caller.cookie)).toBe(notThere);
      expect(await open(caller.belongings.characterId, caller.cookie)).toBe('shown');
    });
  }
  if (who === 'operator') {
    it('is not there for creators', async () => {
      expect(await open('', caller.cookie)).toBe('NEXT_HTTP_ERROR_FALLBACK;404');
    });
  }
});

describe('what stands above the pages of an influencer', () => {
  it('is not there for anybody but its owner, which is written down', async () => {
    const { default: Layout } = await import('../(creator)/influencer/[id]/layout');
    const open = (id: string) => {
      const params = Promise.resolve({ id });
      return asRequest(new Headers(caller.cookie), () => Layout({ children: null, params }));
    };
    for (const id of [victim.belongings.characterId, randomUUID(), '1']) {
      await expect(open(id)).rejects.toMatchObject({ digest: 'NEXT_HTTP_ERROR_FALLBACK;404' });
    }
    await expectNoted('openInfluencer');
    await open(caller.belongings.characterId);
  });
});

/** The caller's requests of one operation for what is not there are one act, or two where an hour began. */
async function expectNoted(operation: string | undefined): Promise<void> {
  const acts = await db().act.findMany({
    where: {
      userId: caller.id,
      kind: 'record.not-found',
      facts: { path: ['operation'], equals: operation ?? '' },
    },
  });
  const hours = new Set(acts.map(({ createdAt }) => createdAt.toISOString().slice(0, 13)));
  expect(hours.size, operation).toBeGreaterThan(0);
  expect(acts).toHaveLength(hours.size);
  for (const { subjectId, facts } of acts) {
    expect({ subjectId, facts }).toEqual({ subjectId: null, facts: { operation } });
  }
}

/** A creator with one of everything. */
async function makeSomebody(): Promise<{ id: string; belongings: Belongings }> {
  const user = await makeUser({ credits: 100_000 });
  const character = await makeCharacter(user, { readyImages: 8, profileSetComplete: true });
  const [first, second, third, ...others] = character.images;
  if (!first || !second || !third) throw new Error('There are images.');
  await db().characterImage.update({
    where: { id: second.id },
    data: { state: 'uploading', sha256: null, bytes: null, width: null, height: null },
  });
  await removeImage(creatorContext(user.id), { imageId: third.id });
  const readyId = await addReadyModel(character);
  const openId = await makePaidTraining(character, { status: 'pending' });
  const { attempts } = await db().loraModel.findUniqueOrThrow({
    where: { id: readyId },
    include: { attempts: true },
  });
  const sample = await db().trainingSample.create({
    data: {
      loraModelId: readyId,
      attemptId: attempts[0]?.id ?? '',
      step: 250,
      key: `attempts/${attempts[0]?.id}/samples/250-0`,
      prompt: 'a portrait',
    },
  });
  const facts = { characterId: character.id, characterName: 'Mara', sandbox: true };
  await inTransaction((tx) =>
    notify(tx, {
      userId: user.id,
      subjectId: readyId,
      type: 'lora.training.completed',
      facts: { ...facts, chargedCredits: 0 },
    }),
  );
  const notice = await db().notification.findFirstOrThrow({ where: { userId: user.id } });
  const account = await db().creditAccount.findUniqueOrThrow({ where: { userId: user.id } });
  const purchase = await db().purchase.create({
    data: {
      userId: user.id,
      accountId: account.id,
      requestId: randomUUID(),
      packageId: 'v1-25000',
      credits: 25_000,
      amountCents: 2_500,
      currency: 'usd',
      provider: 'sandbox',
    },
  });
  const token = await createApiToken(creatorContext(user.id), { name: 'Mine' });
  return {
    id: user.id,
    belongings: {
      characterId: character.id,
      imageId: first.id,
      imageIds: [first, ...others].map(({ id }) => id),
      uploadingId: second.id,
      removedId: third.id,
      readyId,
      openId,
      sampleId: sample.id,
      noticeId: notice.id,
      purchaseId: purchase.id,
      apiTokenId: token.id,
      sessionId: await openSession(user.id),
    },
  };
}

/** Ids of the right shape that nobody has. */
function nobodys(): Belongings {
  const ids = Object.entries(victim.belongings).map(([name, id]) => [
    name,
    Array.isArray(id) ? id.map(() => randomUUID()) : randomUUID(),
  ]);
  return Object.fromEntries(ids);
}

/** What is written down of the calls themselves is no effect; nor is that somebody was seen. */
const bookkeeping = ['_prisma_migrations', 'rate_limits', 'acts'];

let prints: Promise<string> | undefined;

/** A fingerprint of every table and of the queue: nothing happened while it stays the same. */
async function everything(): Promise<Record<string, string>> {
  prints ??= askForPrints();
  const rows = await db().$queryRawUnsafe<{ name: string; print: string | null }[]>(await prints);
  return Object.fromEntries(rows.map(({ name, print }) => [name, print ?? '']));
}

async function askForPrints(): Promise<string> {
  const tables = await db().$queryRaw<{ name: string }[]>`
    SELECT table_name AS name FROM information_schema.tables
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`;
  return tables
    .filter(({ name }) => !bookkeeping.includes(name))
    .map(
      ({ name }) =>
        `SELECT '${name}' AS name, md5(string_agg(row, '|' ORDER BY row)) AS print
           FROM (SELECT (to_jsonb(t) - 'last_seen_at')::text AS row FROM ${name} t) rows`,
    )
    .concat(`SELECT 'pgboss.job', count(*)::text FROM pgboss.job`)
    .join(' UNION ALL ');
}
