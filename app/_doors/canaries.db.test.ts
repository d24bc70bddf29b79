import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  AppRouterContext,
  type AppRouterInstance,
} from 'next/dist/shared/lib/app-router-context.shared-runtime.js';
import { PgBoss } from 'pg-boss';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { db } from '@/lib/db.ts';
import { env } from '@/lib/env.ts';
import { answerJob } from '@/lib/jobs/answer-job.ts';
import { queueSchema } from '@/lib/jobs/queue.ts';
import { previewPrice } from '@/lib/lora/preview-price.ts';
import { sweepAttempts } from '@/lib/lora/sweep-attempts.ts';
import { makeUser } from '@/lib/testing/factories.ts';
import { captureLog, findCanaries } from '@/lib/testing/find-canaries.ts';
import { startStore, type TestStore } from '@/lib/testing/start-store.ts';
import { attemptOf, later, makeStage } from '@/lib/testing/training-stage.ts';
import { changeSettings } from '../../lib/testing/change-settings.ts';
import { asRequest, signedIn } from './as-request';

const canary = (name: string) => `${name}-canary-${randomUUID()}`;
const secrets = {
  STRIPE_SECRET_KEY: canary('sk_test'),
  STRIPE_WEBHOOK_SECRET: canary('whsec'),
  GITHUB_SECRET: canary('github'),
  GOOGLE_SECRET: canary('google'),
  RUNPOD_API_KEY: canary('rpa'),
  RUNPOD_HF_TOKEN: canary('hf'),
};
/** How a client that has an id and a secret is authorised. */
const basic = (id: string, secret: string) => Buffer.from(`${id}:${secret}`).toString('base64');
const carried = [
  ...Object.values(secrets),
  basic('github-id', secrets.GITHUB_SECRET),
  basic('google-id', secrets.GOOGLE_SECRET),
];

/** Each says, in its own shape of a refusal, whatever secret it has just been sent. */
async function startEcho() {
  const heard: string[] = [];
  const status = { next: 401 };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const { authorization = '' } = request.headers;
    heard.push(`${authorization} ${body}`);
    const quoted = [authorization, ...carried.filter((word) => body.includes(word))].join(' ');
    const { pathname } = new URL(request.url ?? '/', url());
    const [code, answer] = answerOf(`${request.method} ${pathname}`, quoted);
    response.writeHead(code, { 'content-type': 'application/json', 'x-said': quoted });
    response.end(JSON.stringify(answer));
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  function answerOf(asked: string, quoted: string): [number, object] {
    if (asked.endsWith('openid-configuration')) {
      return [
        200,
        {
          issuer: url(),
          authorization_endpoint: `${url()}/authorize`,
          token_endpoint: `${url()}/token`,
          jwks_uri: `${url()}/keys`,
        },
      ];
    }
    if (asked === 'POST /token') {
      return [status.next, { error: `invalid_client ${quoted}`, error_description: quoted }];
    }
    if (asked.includes('/v1/checkout')) {
      const said = { type: `api_error ${quoted}`, code: quoted, message: quoted, param: quoted };
      return [status.next, { error: said }];
    }
    // An order is what carries the most: for it to come, there must be no pod yet, and a GPU.
    if (asked === 'GET /pods' && status.next === 400) return [200, { pods: [] }];
    if (asked === 'GET /catalog/gpus' && status.next === 400) {
      const price = { secure: 0.86, community: 0.79 };
      return [200, { gpus: [{ id: 'NVIDIA L40S', memory: 48, price }] }];
    }
    return [status.next, { title: quoted, detail: quoted, error: quoted, status: status.next }];
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const close = () => new Promise((done) => server.close(done).closeAllConnections());
  return { url: url(), heard, status, close };
}

let echo: Awaited<ReturnType<typeof startEcho>>;
let objects: TestStore;
const logged = captureLog();
beforeAll(async () => {
  echo = await startEcho();
  changeSettings({
    ...secrets,
    AUTH_SECRET: randomUUID(),
    NEXTAUTH_URL: 'http://localhost:3000',
    STRIPE_API_BASE: echo.url,
    GITHUB_ID: 'github-id',
    GOOGLE_ID: 'google-id',
    GPU_PROVIDER: 'runpod',
    GPU_ROUTES: 'one-2.1=runpod-serverless',
    RUNPOD_API_URL: echo.url,
    RUNPOD_PROXY_URL: `${echo.url}/proxy/{pod}`,
    RUNPOD_SERVERLESS_URL: echo.url,
    RUNPOD_SERVERLESS_ENDPOINT: 'endpoint',
  });
  objects = await startStore();
});
afterAll(async () => {
  await echo.close();
  await objects.stop();
});

/** Everything that went out; the secret was sent, was said again, and is nowhere. */
async function expectNowhere(sent: string[], answers: Record<string, unknown>) {
  for (const word of sent) {
    expect(
      echo.heard.some((one) => one.includes(word)),
      'was sent',
    ).toBe(true);
  }
  expect(logged.length).toBeGreaterThan(0);
  expect(await findCanaries(carried, { logged, ...answers })).toEqual([]);
}

const told = async (answer: Response) =>
  `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;

describe('a vendor that says our secret again', () => {
  it.each([401, 500])('is Stripe, with %s', async (status) => {
    echo.status.next = status;
    const { user } = await makeStage();
    const headers = { ...(await signedIn(user.id)), origin: env().APP_URL };
    const ask = async (path: string, method: string, params: object, body?: object) => {
      const route = await import(
        params && 'id' in params
          ? '../api/credits/purchases/[id]/route'
          : '../api/credits/purchases/route'
      );
      const request = new Request(`${env().APP_URL}${path}`, {
        method,
        headers: { ...headers, 'content-type': 'application/json' },
        body: body && JSON.stringify(body),
      });
      const given = { params: Promise.resolve(params) };
      return told(await asRequest(request.headers, () => route[method](request, given)));
    };
    const bought = await ask('/api/credits/purchases', 'POST', {}, { packageId: 'v1-25000' });
    expect(bought).toContain('PAYMENT');
    const purchase = await db().purchase.update({
      where: { id: (await db().purchase.findFirstOrThrow({ where: { userId: user.id } })).id },
      data: { externalId: `cs_${randomUUID()}` },
    });
    const read = await ask(`/api/credits/purchases/${purchase.id}`, 'GET', { id: purchase.id });
    const queue = await failedJob('credits.purchase.check', { purchaseId: purchase.id });
    await expectNowhere([secrets.STRIPE_SECRET_KEY], { bought, read, queue });
  });

  it('is Stripe’s webhook, forged', async () => {
    const { POST } = await import('../api/webhooks/stripe/route');
    const request = new Request(`${env().APP_URL}/api/webhooks/stripe`, {
      method: 'POST',
      headers: { 'stripe-signature': 't=1,v1=00' },
      body: '{}',
    });
    const answer = await told(await asRequest(request.headers, () => POST(request)));
    expect(answer).toMatch(/^400 /);
    expect(await findCanaries(carried, { logged, answer })).toEqual([]);
  });

  it.each([401, 500, 400])(
    'is RunPod, with %s, for pods and for its serverless',
    async (status) => {
      echo.status.next = status;
      await db().gpuProvider.deleteMany();
      const stage = await makeStage({ withObjects: true });
      const other = await makeStage({ withObjects: true });
      const { loraModelId } = await stage.start();
      const baseModel = 'one-2.1';
      const { totalCredits: expectedCredits } = await previewPrice(other.ctx(), {
        characterId: other.character.id,
        baseModel,
        imageCount: other.images.length,
      });
      const { loraModelId: elsewhere } = await other.start({ baseModel, expectedCredits });
      for (const seconds of [60, 120]) await sweepAttempts(() => later(seconds));
      const [pod, serverless] = [await attemptOf(loraModelId), await attemptOf(elsewhere)];
      expect([pod.provider, serverless.provider]).toEqual(['runpod', 'runpod-serverless']);
      // What it said is kept, for the operator, and our secret in it is not.
      expect(pod.lastError).toContain('[removed]');
      expect(serverless.lastError).toContain('[removed]');
      const { GET } = await import('../api/influencer/[id]/lora/status/route');
      const request = new Request(env().APP_URL, { headers: await signedIn(stage.user.id) });
      const params = Promise.resolve({ id: stage.character.id });
      const seen = await told(await asRequest(request.headers, () => GET(request, { params })));
      expect(seen).toMatch(/^200 /);
      const operator = await operatorPage();
      // A wrong key is trouble at once; one failure of theirs, or a full house, is not.
      if (status === 401) expect(operator).toContain('[removed]');
      const sent = [secrets.RUNPOD_API_KEY, ...(status === 400 ? [secrets.RUNPOD_HF_TOKEN] : [])];
      await expectNowhere(sent, { seen, operator });
    },
  );

  it.each([
    ['github', secrets.GITHUB_SECRET],
    ['google', secrets.GOOGLE_SECRET],
  ])('is %s, when somebody signs in by it', async (provider, secret) => {
    echo.status.next = 401;
    const { NextRequest } = await import('next/server');
    const { default: NextAuth } = await import('next-auth');
    const { authOptions } = await import('@/app/_server/auth');
    let cookies: Record<string, string> = {};
    /** The route's own work, with the vendor's addresses changed for ours. */
    const ask = async (path: string, form?: Record<string, string>) => {
      const options = authOptions();
      for (const one of options.providers) {
        if (one.id === 'github') {
          Object.assign(one.options, { token: `${echo.url}/token`, issuer: echo.url });
        }
        if (one.id === 'google') {
          Object.assign(one.options, {
            wellKnown: `${echo.url}/.well-known/openid-configuration`,
            issuer: echo.url,
          });
        }
      }
      const cookie = Object.entries(cookies).map(([name, value]) => `${name}=${value}`);
      const request = new NextRequest(`${env().APP_URL}/api/auth/${path}`, {
        method: form ? 'POST' : 'GET',
        headers: { cookie: cookie.join('; '), origin: env().APP_URL },
        body: form && new URLSearchParams(form),
      });
      const nextauth = (path.split('?')[0] ?? '').split('/');
      const answer: Response = await asRequest(request.headers, () =>
        NextAuth(options)(request, { params: Promise.resolve({ nextauth }) }),
      );
      for (const set of answer.headers.getSetCookie()) {
        const [name = '', value = ''] = (set.split(';')[0] ?? '').split('=');
        cookies = { ...cookies, [name]: value };
      }
      return answer;
    };
    const { csrfToken } = (await (await ask('csrf')).json()) as { csrfToken: string };
    const out = await ask(`signin/${provider}`, { csrfToken });
    const state = new URL(out.headers.get('location') ?? '').searchParams.get('state');
    const back = await ask(`callback/${provider}?code=a-code&state=${state}`);
    expect(back.headers.get('location')).toContain('error=OAuthCallback');
    expect(logged.join('')).toContain('OAUTH_CALLBACK_ERROR');
    await expectNowhere([basic(`${provider}-id`, secret)], {
      out: await told(out),
      back: await told(back),
    });
  });
});

/** The page on which operators read what a vendor said. */
async function operatorPage(): Promise<string> {
  const { id } = await makeUser();
  await db().user.update({ where: { id }, data: { role: 'operator' } });
  const { default: Page } = await import('../(creator)/operator/page');
  const searchParams = Promise.resolve({});
  return asRequest(new Headers(await signedIn(id)), async () =>
    renderToStaticMarkup(
      createElement(
        AppRouterContext.Provider,
        { value: {} as AppRouterInstance },
        await Page({ params: Promise.resolve({}), searchParams }),
      ),
    ),
  );
}

/** What the queue keeps of a job that failed. */
async function failedJob(name: 'credits.purchase.check', data: { purchaseId: string }) {
  const boss = new PgBoss({
    connectionString: env().DATABASE_URL,
    schema: queueSchema,
    schedule: false,
    supervise: false,
    migrate: false,
    createSchema: false,
  });
  await boss.start();
  const id = await boss.send(name, data);
  const [job] = await boss.fetch(name);
  const error = await answerJob(name, job?.data).catch((thrown) => thrown);
  await boss.fail(name, id ?? '', error);
  const kept = await db().$queryRaw`
    SELECT output::text FROM pgboss.job WHERE id = ${id}::uuid AND output IS NOT NULL`;
  expect(JSON.stringify(kept)).toContain('the log says why');
  await boss.stop();
  return kept;
}
