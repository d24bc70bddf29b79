import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import autocannon from 'autocannon';
import { db } from '../lib/db.ts';
import { env } from '../lib/env.ts';
import { paths } from '../lib/paths.ts';
import { makeCharacter, makeUser } from '../lib/testing/factories.ts';
import { addReadyModel } from '../lib/testing/ready-model.ts';
import { attemptOf } from '../lib/testing/training-stage.ts';
import { signedCallback } from '../lib/testing/worker-event.ts';
import type { Figure } from './bench-figure.ts';
import { nodePart, openLog, type Part } from './part.ts';
import { freePorts } from './ports.ts';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import { StartError } from './start-error.ts';

interface BenchWebhookOptions {
  /** Where the peer's output goes. */
  logs: string;
  add(figure: Figure): void;
}

const connections = 16;
const rounds = 7;
const roundSeconds = 4;
/** Until both are compiled by V8: the first thousands take longer than the rest. */
const warmUpRequests = 8_000;
const requestsLimit = 0.8;
const p99LimitMs = 50;
const badCallbacks = 10_000;
/** So many that none meets its limit of a minute, on a quicker machine either. */
const attempts = 600;

/**
 * Signed heartbeats of many trainings through the route, in turns with the very same requests to an
 * empty route with one INSERT (`scripts/bench-peer`); then what is forged, late or too long, of which
 * none may be taken.
 */
export async function benchWebhook({ logs, add }: BenchWebhookOptions): Promise<void> {
  console.log('bench: webhook …');
  // Of many attempts in turn: one alone may not send so much.
  const character = await makeCharacter(await makeUser());
  const trainings: { loraModelId: string; attemptId: string }[] = [];
  while (trainings.length < attempts) {
    const loraModelId = await addReadyModel(character);
    trainings.push({ loraModelId, attemptId: (await attemptOf(loraModelId)).id });
  }
  let turn = 0;
  const signed: Signed = (change) => {
    turn += 1;
    const ids = trainings[turn % trainings.length];
    if (!ids) throw new Error('There are trainings.');
    const { headers, rawBody } = signedCallback(ids, { event: heartbeat, ...change });
    return {
      query: `?attempt=${ids.attemptId}`,
      headers: { 'content-type': 'application/json', ...headers },
      body: rawBody,
    };
  };
  const hook = new URL(paths.trainingWebhook(), env().APP_URL).href;
  await besidePeer({ hook, signed, logs, add });
  await sendBad(hook, signed, add);
}

const heartbeat = {
  type: 'heartbeat',
  phase: 'training',
  step: 1,
  totalSteps: 10,
  loss: null,
  secondsPerStep: null,
  gpuSeconds: 1,
};

interface Sent {
  query: string;
  headers: Record<string, string>;
  body: string;
}
type Signed = (change?: Parameters<typeof signedCallback>[1]) => Sent;

/** By turns, so that what else the machine does meanwhile falls on both alike. */
async function besidePeer(options: {
  hook: string;
  signed: Signed;
  logs: string;
  add(figure: Figure): void;
}): Promise<void> {
  const { hook, signed, logs, add } = options;
  const [port = 0] = await freePorts(1);
  const peer = await startPeer(port, logs);
  try {
    const empty = `http://localhost:${port}/api/insert`;
    const turns: Record<'ours' | 'theirs', Measured[]> = { ours: [], theirs: [] };
    for (const url of [empty, hook]) await send(url, signed, { amount: warmUpRequests });
    for (let round = 0; round < rounds; round += 1) {
      turns.theirs.push(await measure(empty, signed, roundSeconds));
      turns.ours.push(await measure(hook, signed, roundSeconds));
    }
    const ours = median(turns.ours);
    const theirs = median(turns.theirs);
    add({
      what: `webhook requests a second, ${connections} connections`,
      measured: `${Math.round(ours.perSecond)}/s (median of ${rounds} rounds)`,
      beside: `empty route with one INSERT: ${Math.round(theirs.perSecond)}/s`,
      ratio: ours.perSecond / theirs.perSecond,
      limit: { min: requestsLimit },
    });
    add({
      what: `webhook, 99th percentile, ${connections} connections`,
      measured: `${ours.p99} ms`,
      beside: `limit ${p99LimitMs} ms (empty route: ${theirs.p99} ms)`,
      ratio: ours.p99 / p99LimitMs,
      limit: { max: 1 },
    });
  } finally {
    await peer.stop(2_000);
  }
}

interface Measured {
  perSecond: number;
  p99: number;
}

async function measure(url: string, request: () => Sent, seconds: number): Promise<Measured> {
  const result = await send(url, request, { duration: seconds });
  if (result.non2xx > 0) throw new Error(`${result.non2xx} requests to ${url} were refused`);
  return { perSecond: result['2xx'] / result.duration, p99: result.latency.p99 };
}

async function sendBad(hook: string, signed: Signed, add: (figure: Figure) => void): Promise<void> {
  const written = await db().webhookDelivery.count();
  let sent = 0;
  const kinds: (() => Sent)[] = [
    () => signed({ secretOf: randomUUID() }),
    () => signed({ at: new Date(Date.now() - 301_000) }),
    () => ({ ...signed(), body: 'x'.repeat(64 * 1_024 + 1) }),
  ];
  const next = () => (kinds[sent++ % kinds.length] ?? signed)();
  const result = await send(hook, next, { amount: badCallbacks });
  const taken = Math.max(result['2xx'], (await db().webhookDelivery.count()) - written);
  add({
    what: `forged, late or too long callbacks taken, of ${result.requests.total}`,
    measured: String(taken),
    beside: 'none',
    ratio: taken,
    limit: { max: 0 },
  });
}

function send(url: string, request: () => Sent, until: { duration: number } | { amount: number }) {
  return autocannon({
    ...until,
    connections,
    url,
    method: 'POST',
    requests: [
      {
        setupRequest: (given) => {
          const { query, ...rest } = request();
          return { ...given, ...rest, path: `${new URL(url).pathname}${query}` };
        },
      },
    ],
  });
}

/** Built and started as the application is, with its settings and its database. */
async function startPeer(port: number, logs: string): Promise<Part> {
  const next = join(ROOT, 'node_modules/next/dist/bin/next');
  const directory = join(ROOT, 'scripts/bench-peer');
  const settings = {
    ...process.env,
    NODE_ENV: 'production' as const,
    NEXT_TELEMETRY_DISABLED: '1',
  };
  const { code, output } = await runNode({
    args: [next, 'build', directory],
    env: settings,
  });
  if (code !== 0) throw new StartError(`The peer of the webhook does not build:\n${output}`);
  const part = nodePart({
    name: 'empty route',
    args: [join(ROOT, 'scripts/web-server.ts'), String(port), directory],
    env: settings,
    log: openLog(logs, 'peer', (line) => console.error(line)),
    ready: { url: `http://127.0.0.1:${port}/api/insert` },
    readyLimitMs: 60_000,
    onCrash: (report) => console.error(report),
  });
  await part.start();
  return part;
}

function median(turns: Measured[]): Measured {
  const middle = (values: number[]) =>
    values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return {
    perSecond: middle(turns.map(({ perSecond }) => perSecond)),
    p99: middle(turns.map(({ p99 }) => p99)),
  };
}
