import {
  type APIResponse,
  type BrowserContext,
  test as base,
  expect,
  type Locator,
  type Page,
} from '@playwright/test';
import axe from 'axe-core';
import { encode } from 'next-auth/jwt';
import { openSession } from '../lib/accounts/sessions.ts';
import { auditLedger } from '../lib/credits/audit-ledger.ts';
import { getBalance } from '../lib/credits/balance.ts';
import { db } from '../lib/db.ts';
import { env } from '../lib/env.ts';
import type { ErrorCode } from '../lib/errors.ts';
import { paths } from '../lib/paths.ts';
import { makeCharacter, makeUser } from '../lib/testing/factories.ts';

/** Somebody with an account of their own, made for one story. */
export interface Creator {
  id: string;
  /** Signs them in in a browser. */
  signIn(context: BrowserContext): Promise<void>;
  /** An influencer of theirs. */
  influencer(options: InfluencerOptions): Promise<Influencer>;
}

interface InfluencerOptions {
  name: string;
  images: number;
  liked?: number;
  /** Yes unless told: it can be trained. */
  profileSetComplete?: boolean;
  /** Yes unless told: there are real photographs behind the images. */
  stored?: boolean;
}

export type Influencer = Awaited<ReturnType<typeof makeCharacter>>;

interface Stage {
  /** What `creator` has to spend. */
  credits: number;
  /** Signed in in this story's own browser. */
  creator: Creator;
  /** Nobody this story's browser knows of. */
  stranger: Creator;
}

export const test = base.extend<Stage, { connection: undefined }>({
  credits: [100_000, { option: true }],
  creator: async ({ context, credits }, use) => {
    const creator = await makeCreator(credits);
    await creator.signIn(context);
    await use(creator);
  },
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
  stranger: async ({}, use) => use(await makeCreator(100_000)),
  connection: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
    async ({}, use) => {
      await leaveAuditsOut();
      await use(undefined);
      await db().$disconnect();
    },
    { scope: 'worker', auto: true },
  ],
});

export { expect };

/**
 * Stories name files that nobody stored. The nightly audit, should its hour come meanwhile, would
 * report each of them: today's and tomorrow's look as if somebody were at them.
 */
async function leaveAuditsOut(): Promise<void> {
  await db().$executeRaw`
    INSERT INTO audits (day)
    SELECT (now() AT TIME ZONE 'UTC')::date + later FROM generate_series(0, 1) AS later
    ON CONFLICT DO NOTHING`;
}

async function makeCreator(credits: number): Promise<Creator> {
  const user = await makeUser({ credits });
  return {
    id: user.id,
    signIn: async (context) => {
      await signInAs(context, user.id);
    },
    influencer: ({ name, images, liked, profileSetComplete = true, stored = true }) =>
      makeCharacter(user, {
        name,
        readyImages: images,
        liked,
        profileSetComplete,
        withObjects: stored,
      }),
  };
}

/** Gives the browser the cookie of a session that is opened here. Returns the session's id. */
export async function signInAs(context: BrowserContext, userId: string): Promise<string> {
  const sessionId = await openSession(userId);
  const value = await encode({ secret: env().AUTH_SECRET, token: { sub: userId, sessionId } });
  const url = env().APP_URL;
  await context.addCookies([{ name: 'next-auth.session-token', value, url, httpOnly: true }]);
  return sessionId;
}

// What a page says ------------------------------------------------------------------------------

/** The part of the page with that heading. */
export function panel(page: Page, heading: string): Locator {
  return page.getByRole('region', { name: heading, exact: true });
}

/** The headline of the character's newest training. */
export async function expectStatus(page: Page, headline: string): Promise<void> {
  // A paragraph: the list of phases ends with "Ready" from the start.
  const shown = panel(page, 'LoRA training')
    .locator('p')
    .filter({ hasText: new RegExp(`^${escaped(headline)}$`) })
    .first();
  await expect(shown).toBeVisible({ timeout: 60_000 });
}

/** The balance in the page's header, word for word: "100,000 (22,000 reserved)". */
export async function expectBalance(page: Page, balance: string): Promise<void> {
  await expect(page.getByRole('link', { name: `Balance ${balance}`, exact: true })).toBeVisible();
}

/** The bell tells it: the newest notice with that title, and what it says below. */
export async function expectNotice(page: Page, title: string, body: string | RegExp = '') {
  const bell = page.getByRole('button', { name: /^Notifications/ });
  const list = page.getByRole('region', { name: /^Notifications(, |$)/ });
  const notice = list.getByRole('listitem').filter({ hasText: title });
  // What arrives while the list is open waits behind a button, so it is opened anew.
  await expect(async () => {
    if (await list.isVisible()) await page.keyboard.press('Escape');
    await bell.click();
    await expect(notice.first()).toContainText(body, { timeout: 500 });
  }).toPass({ timeout: 60_000, intervals: [250, 500] });
  return notice.first();
}

/** It can be reached and pressed, does nothing, and says why. */
export async function expectUnavailable(button: Locator, why: string): Promise<void> {
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveAccessibleDescription(new RegExp(escaped(why)));
  await button.click({ force: true });
  const reason = button.page().getByText(why).last();
  await expect(reason).toBeVisible();
  await expect(reason).toBeFocused();
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '\\s');
}

/** No text of a vendor or a library is on the page. */
export async function expectPlainWords(page: Page): Promise<void> {
  await expect(page.getByText(/cuda|traceback|exception|undefined|\bnull\b|OOM|GiB/)).toHaveCount(
    0,
  );
}

// What a person does ----------------------------------------------------------------------------

export async function openSettings(page: Page, { id, name }: Influencer): Promise<void> {
  await page.goto(paths.settings(id));
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
}

/** Answers "Who is this?" and starts the training that the form shows. */
export async function startTraining(page: Page, button: string): Promise<void> {
  await page.getByRole('radio', { name: 'This character is synthetic' }).check();
  await page.getByRole('button', { name: button, exact: true }).click();
}

/**
 * The sheet on which images are chosen, at work: it comes with the first sign that somebody is there.
 */
export async function openImageSheet(page: Page): Promise<Locator> {
  await page.mouse.move(2, 2);
  await page.mouse.move(3, 3);
  const sheet = page.getByRole('grid', { name: 'Images for training' });
  await expect(sheet).toBeVisible();
  return sheet;
}

/** One image of that sheet; its name goes on with what else it is. */
export function sheetImage(page: Page, number: number): Locator {
  return page.getByRole('row', { name: new RegExp(`^Image ${number}( |$)`) });
}

/** A file for the picker. */
export interface PickedFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

export async function upload(page: Page, files: PickedFile[]): Promise<void> {
  await page.getByLabel('Choose images').setInputFiles(files);
}

/** The line of one file in the list of uploads. */
export function uploadRow(page: Page, fileName: string): Locator {
  return panel(page, 'Uploads').getByRole('listitem').filter({ hasText: fileName });
}

/** How the whole list of uploads stands: "7 of 7 uploaded". */
export async function expectUploads(page: Page, line: string): Promise<void> {
  await expect(panel(page, 'Uploads').getByText(line, { exact: true })).toBeVisible();
}

// What must hold ---------------------------------------------------------------------------------

/** An RFC 9457 answer with its closed code, a sentence and a way out. */
export async function expectProblem(
  response: APIResponse,
  status: number,
  code: ErrorCode,
): Promise<Record<string, unknown>> {
  const problem = await response.json();
  expect(problem).toMatchObject({ status, code });
  expect(response.status()).toBe(status);
  expect(response.headers()['content-type']).toBe('application/problem+json');
  expect(problem.title).toMatch(/^[A-Z][a-z0-9 ]+$/);
  expect(problem.detail).toMatch(/^[A-Z0-9].*\.$/);
  expect(problem.type).toMatch(new RegExp(`/developers#error-${code}$`));
  expect(problem.wayOut).toMatch(/^[A-Z]/);
  return problem;
}

/** Everything a refused request could have left behind, and the balance. */
export async function booksOf({ id: userId }: Creator) {
  const [balance, trainings, attempts, lines, notices, consents, images, retries] =
    await Promise.all([
      getBalance(userId),
      db().loraModel.count({ where: { userId } }),
      db().trainingAttempt.count({ where: { loraModel: { userId } } }),
      db().creditLine.count({ where: { account: { userId } } }),
      db().notification.count({ where: { userId } }),
      db().consent.count({ where: { character: { userId } } }),
      db().characterImage.count({ where: { userId } }),
      db().freeRetry.count({ where: { userId } }),
    ]);
  return { balance, trainings, attempts, lines, notices, consents, images, retries };
}

/** Every line of every account adds up. */
export async function expectSoundBooks(): Promise<void> {
  expect(await auditLedger()).toEqual([]);
}

/**
 * What axe finds, one line a rule and element. Pages hold no frames of other sites and nobody reads
 * what passed: left out, that makes a run three times as fast, with the same rules.
 */
export async function expectAccessible(page: Page): Promise<void> {
  // A document has it once; to hand it over costs as much as to use it.
  const isThere = await page.evaluate(() => 'axe' in window);
  if (!isThere) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(async () => {
    // What is still fading in has not the colours it is made of.
    const moving = document
      .getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(moving.map(({ finished }) => finished));
    return (window as unknown as { axe: typeof axe }).axe.run(document, {
      resultTypes: ['violations'],
      preload: false,
    });
  });
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}\n${failureSummary}`),
  );
  expect(found).toEqual([]);
}

/** Nothing sticks out to the right, once a change of width has been drawn. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const beyond = () =>
    page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      if (scrollWidth <= clientWidth) return [];
      return [...document.body.querySelectorAll('*')]
        .filter((element) => element.getBoundingClientRect().right > clientWidth + 0.5)
        .map((element) => `${element.tagName} ${element.className} "${element.textContent}"`)
        .slice(-3);
    });
  const width = page.viewportSize()?.width;
  await expect.poll(beyond, { message: `at ${width} px`, timeout: 3_000 }).toEqual([]);
}
