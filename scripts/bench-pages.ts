import { get } from 'node:http';
import { loadavg } from 'node:os';
import { type Browser, chromium, type Locator, type Page } from '@playwright/test';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import desktopConfig from 'lighthouse/core/config/desktop-config.js';
import { paths } from '../lib/paths.ts';
import type { Figure } from './bench-figure.ts';

/** A page to be measured, as a signed-in creator sees it. */
export interface BenchPage {
  name: string;
  path: string;
}

interface BenchPagesOptions {
  url: string;
  /** `next-auth.session-token=…`. */
  cookie: string;
  browser: string;
  pages: BenchPage[];
  /** A character's settings with 1,000 pictures. */
  crowded: string;
  add(figure: Figure): void;
}

const rounds = 5;
const javascriptLimitBytes = 200_000;
const paintLimitMs = 1_000;
const shiftLimit = 0.02;
const interactionLimitMs = 100;
const longTaskLimitMs = 50;
/** The nearest to nothing that a creator is shown: a form of two fields. */
const empty: BenchPage = { name: 'nearly empty page', path: paths.newInfluencer() };

/**
 * What the pages weigh and how fast they are in a real browser with the production build: JavaScript
 * of the first load, largest paint, layout shift, interaction, scrolling.
 */
export async function benchPages(options: BenchPagesOptions): Promise<void> {
  const { url, add, pages } = options;
  console.log('bench: JavaScript of the first load …');
  const emptyBytes = await firstLoadJavascript(url, empty.path, options.cookie);
  for (const page of pages) {
    const bytes = await firstLoadJavascript(url, page.path, options.cookie);
    add({
      what: `${page.name}: JavaScript of the first load, gzip`,
      measured: kilobytes(bytes),
      beside: `limit ${kilobytes(javascriptLimitBytes)}, ${empty.name} ${kilobytes(emptyBytes)}`,
      ratio: bytes / javascriptLimitBytes,
      limit: { max: 1 },
    });
  }

  const browser = await chromium.launch({
    executablePath: options.browser,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic'],
  });
  try {
    for (const page of pages) await benchPaint(browser, options, page);
    await benchInteraction(browser, options);
    await benchScrolling(browser, options);
  } finally {
    await browser.close();
  }
}

/** Bytes as they travel, of every script that the document itself asks for. */
async function firstLoadJavascript(url: string, path: string, cookie: string): Promise<number> {
  const { body } = await fetchRaw(`${url}${path}`, { cookie });
  const html = body.toString('utf8');
  const scripts = new Set(
    [...html.matchAll(/<(?:script|link)[^>]*?(?:src|href)="(\/_next\/static\/[^"]+\.js)[^>]*>/g)]
      // For browsers from before modules; no other loads it.
      .filter(([tag]) => !/nomodule/i.test(tag))
      .map(([, src]) => src),
  );
  const sizes = await Promise.all(
    [...scripts].map(async (src) => {
      const { body } = await fetchRaw(`${url}${src}`, { 'accept-encoding': 'gzip' });
      return body.length;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** An answer's bytes, compressed as they came. */
function fetchRaw(url: string, headers: Record<string, string>): Promise<{ body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve({ body: Buffer.concat(chunks) }));
      answer.on('error', reject);
    }).on('error', reject);
  });
}

async function open(browser: Browser, { url, cookie }: BenchPagesOptions, path: string) {
  const context = await browser.newContext({ viewport: { width: 1_440, height: 900 } });
  const [name = '', value = ''] = cookie.split('=', 2);
  await context.addCookies([{ name, value, url, httpOnly: true }]);
  const page = await context.newPage();
  // The compiler that runs this file names functions by a helper of its own.
  await page.addInitScript('globalThis.__name = (named) => named');
  await page.addInitScript(observe);
  await page.goto(`${url}${path}`, { waitUntil: 'load' });
  await page.waitForLoadState('networkidle');
  return { page, close: () => context.close() };
}

/** Runs in the page: notes paints, shifts, slow events and long tasks. */
function observe(): void {
  const seen = { paintMs: 0, shift: 0, slowestEventMs: 0, longestTaskMs: 0 };
  Object.assign(window, { seen });
  const watch = (type: string, note: (entry: PerformanceEntry) => void, more = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({
      type,
      buffered: true,
      ...more,
    });
  watch('largest-contentful-paint', ({ startTime }) => {
    seen.paintMs = startTime;
  });
  watch('layout-shift', (entry) => {
    const { value, hadRecentInput } = entry as PerformanceEntry & {
      value: number;
      hadRecentInput: boolean;
    };
    if (!hadRecentInput) seen.shift += value;
  });
  watch(
    'event',
    (entry) => {
      const { interactionId, duration } = entry as PerformanceEntry & { interactionId: number };
      if (interactionId) seen.slowestEventMs = Math.max(seen.slowestEventMs, duration);
    },
    { durationThreshold: 16 },
  );
  watch('longtask', ({ duration }) => {
    seen.longestTaskMs = Math.max(seen.longestTaskMs, duration);
  });
}

interface Seen {
  paintMs: number;
  shift: number;
  slowestEventMs: number;
  longestTaskMs: number;
}

function seenOn(page: Page): Promise<Seen> {
  return page.evaluate(() => (window as unknown as { seen: Seen }).seen);
}

async function benchPaint(browser: Browser, options: BenchPagesOptions, page: BenchPage) {
  console.log(`bench: ${page.name} in the browser …`);
  const paints: number[] = [];
  const shifts: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const opened = await open(browser, options, page.path);
    const { paintMs, shift } = await seenOn(opened.page);
    if (paintMs === 0) throw new Error(`no paint was seen on the ${page.name} page`);
    paints.push(paintMs);
    shifts.push(shift);
    await opened.close();
  }
  options.add({
    what: `${page.name}: largest paint, median of ${rounds}`,
    measured: `${Math.round(median(paints))} ms`,
    beside: `limit ${paintLimitMs} ms`,
    ratio: median(paints) / paintLimitMs,
    limit: { max: 1 },
  });
  options.add({
    what: `${page.name}: layout shift, worst of ${rounds}`,
    measured: Math.max(...shifts).toFixed(4),
    beside: `limit ${shiftLimit}`,
    ratio: Math.max(...shifts) / shiftLimit,
    limit: { max: 1 },
  });
}

/** Presses what a creator presses on the settings page; the slowest press counts. */
async function benchInteraction(browser: Browser, options: BenchPagesOptions) {
  const settings = options.pages.find(({ name }) => name === 'settings');
  if (!settings) throw new Error('no settings page to press on');
  const slowest: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const { page, close } = await open(browser, options, settings.path);
    const grid = await wakeSheet(page);
    for (const filter of [/^Liked/, /^Chosen/, /^All/]) {
      await page.getByRole('button', { name: filter }).first().click();
    }
    for (const place of [0, 1, 2]) await grid.getByRole('row').nth(place).click();
    await page.getByRole('switch').first().click();
    // Event timings are told with the next frame, at the latest.
    await page.waitForTimeout(300);
    const { slowestEventMs } = await seenOn(page);
    if (slowestEventMs === 0) throw new Error('no press was seen');
    slowest.push(slowestEventMs);
    await close();
  }
  options.add({
    what: 'settings: slowest of 7 presses, median of 3 rounds',
    measured: `${median(slowest)} ms`,
    beside: `limit ${interactionLimitMs} ms`,
    ratio: median(slowest) / interactionLimitMs,
    limit: { max: 1 },
  });
}

/** From top to bottom through the picker with 1,000 pictures. */
async function benchScrolling(browser: Browser, options: BenchPagesOptions) {
  console.log('bench: 1,000 pictures …');
  const { page, close } = await open(browser, options, options.crowded);
  await wakeSheet(page);
  // The first pass also compiles the script; the others are what a creator feels.
  await scrollThrough(page);
  const longest: number[] = [];
  for (let pass = 0; pass < 3; pass += 1) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(500);
    await page.evaluate(() => {
      (window as unknown as { seen: Seen }).seen.longestTaskMs = 0;
    });
    await scrollThrough(page);
    longest.push((await seenOn(page)).longestTaskMs);
  }
  const longestTaskMs = median(longest);
  options.add({
    what: 'picker with 1,000 pictures: longest task while scrolling, median of 3 passes',
    measured: `${longestTaskMs === 0 ? 'none over 50 ms' : `${Math.round(longestTaskMs)} ms`} (${longest.map(Math.round).join(', ')})`,
    beside: `limit ${longTaskLimitMs} ms`,
    ratio: longestTaskMs / longTaskLimitMs,
    limit: { max: 1 },
  });
  await close();
}

/** The sheet's script comes with the first movement of the pointer. */
async function wakeSheet(page: Page): Promise<Locator> {
  await page.mouse.move(400, 500);
  await page.mouse.move(401, 501);
  const sheet = page.getByRole('grid', { name: 'Images for training' });
  await sheet.waitFor();
  return sheet;
}

async function scrollThrough(page: Page): Promise<void> {
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 400);
    await page.waitForTimeout(30);
  }
}

const categories = [
  { id: 'performance', least: 98 },
  { id: 'accessibility', least: 100 },
  { id: 'best-practices', least: 100 },
] as const;

/**
 * Lighthouse against the local Chromium: phone and desktop settings, the median of some runs. What
 * each run was made of is told, with how busy the machine was: its blocking time is wall-clock time.
 */
export async function benchLighthouse({ url, cookie, browser, pages, add }: BenchPagesOptions) {
  const chrome = await launch({
    chromePath: browser,
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic'],
  });
  try {
    for (const page of [...pages, empty]) {
      for (const device of ['phone', 'desktop'] as const) {
        console.log(`bench: Lighthouse, ${page.name}, ${device} …`);
        const runs: Scores[] = [];
        // A run may come back without a score; it is made again.
        for (let tried = 0; runs.length < rounds && tried < 2 * rounds; tried += 1) {
          const result = await lighthouse(
            `${url}${page.path}`,
            {
              port: chrome.port,
              logLevel: 'silent',
              extraHeaders: { cookie },
              onlyCategories: categories.map(({ id }) => id),
            },
            device === 'desktop' ? desktopConfig : undefined,
          );
          const scores = scoresOf(result);
          if (!scores) continue;
          runs.push(scores);
          console.log(`  ${scores.performance}: ${partsOf(result)}`);
        }
        for (const { id, least } of categories) {
          if (page === empty && id !== 'performance') continue;
          const measured = runs.map((scores) => scores[id]);
          const score = measured.length < rounds ? null : median(measured);
          add({
            what: `Lighthouse, ${device}: ${page.name}, ${id}`,
            measured: score === null ? 'not measured' : `${score} (${measured.join(', ')})`,
            beside: page === empty ? 'for comparison' : `least ${least}`,
            ratio: (score ?? 0) / least,
            limit: { min: page === empty ? 0 : 1 },
          });
        }
      }
    }
  } finally {
    chrome.kill();
  }
}

const parts = [
  ['first paint', 'first-contentful-paint'],
  ['largest paint', 'largest-contentful-paint'],
  ['blocked', 'total-blocking-time'],
  ['speed index', 'speed-index'],
] as const;

/** What the performance score of a run was made of. */
function partsOf(result: LighthouseResult): string {
  const audits = result?.lhr.audits ?? {};
  const shift = audits['cumulative-layout-shift']?.numericValue ?? 0;
  return [
    ...parts.map(([name, id]) => `${name} ${Math.round(audits[id]?.numericValue ?? 0)} ms`),
    `shift ${shift.toFixed(3)}`,
    `load average ${(loadavg()[0] ?? 0).toFixed(1)}`,
  ].join(', ');
}

type LighthouseResult = Awaited<ReturnType<typeof lighthouse>>;
type Scores = Record<(typeof categories)[number]['id'], number>;

/** The scores of a run, of 100; null when it has not given every one. */
function scoresOf(result: LighthouseResult): Scores | null {
  const scores: Partial<Scores> = {};
  for (const { id } of categories) {
    const score = result?.lhr.categories[id]?.score;
    if (typeof score !== 'number') return null;
    scores[id] = Math.round(score * 100);
  }
  return scores as Scores;
}

/** The pages of one character that carry the budgets. */
export function budgetPages(trainedId: string, untrainedId: string): BenchPage[] {
  return [
    { name: 'settings', path: paths.settings(trainedId) },
    { name: 'wizard', path: `${paths.wizard(untrainedId)}?step=training` },
    { name: 'studio', path: paths.studio(trainedId) },
  ];
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} kB`;
}
