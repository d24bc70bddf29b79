import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { APIResponse } from '@playwright/test';
import { pageDoors } from '../app/_doors/door-table.ts';
import { signUp } from '../lib/accounts/sign-up.ts';
import { db } from '../lib/db.ts';
import { paths } from '../lib/paths.ts';
import { secretNames, secretsOf } from '../lib/secrets.ts';
import { expect, expectAccessible, expectProblem, panel, signInAs, test } from './fixtures.ts';

const origin = String(process.env.BASE_URL);

/** Pages that need nothing but a character to be opened. */
const doors = Object.entries(pageDoors).filter(([page]) => !page.includes('[token]'));

/** The page with its parts in brackets filled. */
function addressOf(page: string, characterId: string): string {
  return page.replace('[id]', characterId).replace('/[[...state]]', '');
}

function expectCommonHeaders(answer: APIResponse): void {
  expect(answer.headers()).toMatchObject({
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'cross-origin-opener-policy': 'same-origin',
  });
  expect(answer.headers()['x-powered-by']).toBeUndefined();
  expect(answer.headers()['content-security-policy']).toMatch(/frame-ancestors 'none'/);
  expect(answer.headers()['content-security-policy']).toMatch(/base-uri 'none'/);
}

test('every page has a strict policy, and what is somebody’s is stored by nobody', async ({
  context,
  creator,
}) => {
  const mara = await creator.influencer({ name: 'Mara', images: 1, stored: false });
  const nonces = new Set<string>();
  for (const [page, who] of doors) {
    const answer = await context.request.get(addressOf(page, mara.id));
    expect(answer.status(), page).toBe(who === 'operator' ? 404 : 200);
    expectCommonHeaders(answer);
    const policy = answer.headers()['content-security-policy'] ?? '';
    const scripts = /script-src ([^;]*)/.exec(policy)?.[1] ?? '';
    expect(scripts, page).not.toMatch(/unsafe-inline|unsafe-eval|https?:|\*/);
    expect(policy).toContain("object-src 'none'");
    const [, nonce = ''] = /'nonce-([^']+)'/.exec(scripts) ?? [];
    expect(nonce.length).toBeGreaterThan(20);
    nonces.add(nonce);
    // No script without the nonce of this very answer.
    for (const [tag] of (await answer.text()).matchAll(/<script\b[^>]*>/g)) {
      expect(tag, page).toContain(`nonce="${nonce}"`);
    }
    if (who !== 'anybody') expect(answer.headers()['cache-control'], page).toMatch(/no-store/);
  }
  expect(nonces.size).toBe(doors.length);
});

test('every kind of route says how to be read, and is stored by nobody', async ({
  context,
  creator,
}) => {
  const api = context.request;
  const mara = await creator.influencer({ name: 'Mara', images: 1, stored: false });
  const personal = [
    await api.get('/api/influencer'),
    await api.get(`/api/influencer/${mara.id}`),
    await api.get('/api/credits/export'),
    await api.get(`/api/influencer/${randomUUID()}`),
    await api.get(paths.image(mara.images[0]?.id ?? '', 'thumb'), { maxRedirects: 0 }),
    await api.post('/api/influencer', { data: {} }),
    await api.get('/api/nowhere'),
  ];
  for (const answer of personal) {
    expectCommonHeaders(answer);
    expect(answer.headers()['cache-control'], answer.url()).toMatch(/no-store|private/);
  }
  for (const answer of [
    await api.get('/api/health'),
    await api.get('/api/openapi.json'),
    await api.post('/api/webhooks/training', { data: {} }),
    await api.post('/api/webhooks/stripe', { data: {} }),
    await api.get('/api/auth/session'),
  ]) {
    expectCommonHeaders(answer);
  }
});

test('a caller’s own word for its address is not taken', async ({ playwright }) => {
  const api = await playwright.request.newContext({ baseURL: origin });
  const signInOnce = async (forged: string) => {
    const { csrfToken } = await (await api.get('/api/auth/csrf')).json();
    return api.post('/api/auth/callback/credentials', {
      headers: { origin, 'x-forwarded-for': forged },
      form: { csrfToken, email: `${randomUUID()}@example.test`, password: 'x', json: 'true' },
    });
  };
  const counted = async () =>
    db().rateLimiterFlexible.count({ where: { key: { startsWith: 'signInAddress:' } } });
  await signInOnce('203.0.113.1');
  const before = await counted();
  for (let last = 2; last < 8; last += 1) await signInOnce(`203.0.113.${last}`);
  // Six addresses would be six counters.
  expect(await counted()).toBe(before);
  await api.dispose();
});

test('the account page ends sign-ins elsewhere, and a changed password ends them all', async ({
  page,
  browser,
  context,
}) => {
  const email = `${randomUUID()}@example.test`;
  const password = 'correct horse battery';
  const { userId } = await signUp({ name: 'Iris', email, password }, randomUUID());
  await signInAs(context, userId);
  const elsewhere = await browser.newContext();
  const ask = () => elsewhere.request.get('/api/credits');
  await signInAs(elsewhere, userId);
  expect((await ask()).status()).toBe(200);

  await page.goto(paths.account());
  await expectAccessible(page);
  const signIns = panel(page, 'Where you are signed in');
  await expect(signIns.getByRole('listitem')).toHaveCount(2);
  await signIns.getByRole('button', { name: 'Sign out everywhere else' }).click();
  await expect(signIns.getByText('Signed out of 1 place.')).toBeVisible();
  await expect(signIns.getByRole('listitem')).toHaveCount(1);
  await expectProblem(await ask(), 401, 'SIGNED_OUT');

  await signInAs(elsewhere, userId);
  const form = panel(page, 'Password');
  await form.getByLabel('Current password').fill('not this one');
  await form.getByLabel('New password').fill('another horse battery');
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByText('This is not your current password.')).toBeVisible();
  await form.getByLabel('Current password').fill(password);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByText(/Your password was changed/)).toBeVisible();
  await expectProblem(await ask(), 401, 'SIGNED_OUT');
  await expect(
    panel(page, 'What happened to your account').getByText('Password changed'),
  ).toBeVisible();
  expect((await context.request.get('/api/credits')).status()).toBe(200);
  await elsewhere.close();
});

test('no secret is in a bundle, a page, an error or a log', async ({ context, creator }) => {
  const secrets = secretsOf(process.env);
  expect(secrets.length).toBeGreaterThanOrEqual(5);
  const mara = await creator.influencer({ name: 'Mara', images: 1, stored: false });
  const api = context.request;
  const texts: [string, string][] = [];
  const answers = [
    ...doors.map(([page]) => api.get(addressOf(page, mara.id))),
    api.get('/api/health'),
    api.get('/api/openapi.json'),
    api.get(`/api/influencer/${mara.id}`),
    api.get('/api/auth/providers'),
    api.get('/api/auth/session'),
    api.get('/api/auth/error?error=Configuration'),
    api.post('/api/influencer', { headers: { origin }, data: '{"' }),
    api.post('/api/webhooks/training?attempt=nobody', { data: {} }),
    api.post(`/api/webhooks/training?attempt=${randomUUID()}`, { data: { forged: true } }),
    api.post(`/api/webhooks/training/upload?attempt=${randomUUID()}`, { data: {} }),
    api.post(`/api/webhooks/training/bell?attempt=${randomUUID()}&token=x`, { data: {} }),
    api.get('/api/credits', { headers: { authorization: 'Bearer nobody' } }),
  ];
  for (const answer of await Promise.all(answers)) {
    texts.push([answer.url(), `${JSON.stringify(answer.headers())}${await answer.text()}`]);
  }
  const data = String(process.env.LIKENESS_DATA_DIR);
  const bundles = await textsIn('.next/static');
  expect(bundles.length).toBeGreaterThan(10);
  // Whatever is set: a bundle that read one would name it.
  const named = secretNames().filter((name) => bundles.some(([, text]) => text.includes(name)));
  expect(named).toEqual([]);
  texts.push(...bundles, ...(await textsIn(join(data, 'logs'))));
  expect(texts.some(([name]) => name.includes('web'))).toBe(true);
  const found = texts.flatMap(([name, text]) =>
    secrets.filter(([, value]) => text.includes(value)).map(([secret]) => `${secret} in ${name}`),
  );
  expect(found).toEqual([]);
});

async function textsIn(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }): Promise<[string, string]> => {
      const path = join(parentPath, name);
      return [path, await readFile(path, 'latin1')];
    }),
  );
}
