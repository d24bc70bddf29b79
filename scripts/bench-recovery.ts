import { db } from '../lib/db.ts';
import { makeStage } from '../lib/testing/training-stage.ts';
import { type Figure, until } from './bench-figure.ts';
import { dropBells } from './chaos-monkey.ts';
import { clickAtOnce, startByTheClock } from './chaos-steps.ts';
import { type ChaosWorld, leaseSeconds, startChaosWorld } from './chaos-world.ts';
import type { PartName } from './stack.ts';

const rounds = 5;
const clicks = 100;
const point = 'submit.after-effect';

/**
 * How soon the application is itself again, on real processes: after `kill -9` of the worker that has
 * just rented a GPU, and with every waiting job of the queue thrown away; and 100 presses on "Start" at
 * once. The lease is shortened to `leaseSeconds`.
 */
export async function benchRecovery(add: (figure: Figure) => void): Promise<void> {
  console.log('bench: killed workers, dropped bells, a hundred clicks …');
  const ended = new Set<PartName>();
  const world = await startChaosWorld({
    seed: 1,
    workers: 2,
    onPartEnded: (name) => ended.add(name),
  });
  try {
    await benchClicks(world, add);
    await benchBells(world, add);
    await benchKills(world, ended, add);
  } finally {
    await db().$disconnect();
    await world.stop();
  }
}

async function benchClicks(world: ChaosWorld, add: (figure: Figure) => void): Promise<void> {
  const stage = await makeStage({ withObjects: true });
  const answers = await clickAtOnce(world, stage, clicks);
  const where = { characterId: stage.character.id };
  const trainings = await db().loraModel.count({ where });
  const holds = await db().creditLine.count({ where: { kind: 'reserve', loraModel: where } });
  const sorted = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const p99 = Math.round(sorted[Math.ceil(0.99 * clicks) - 1] ?? 0);
  add({
    what: `${clicks} clicks at once on two web servers`,
    measured: `${trainings} training, ${holds} hold; answered within ${p99} ms (p99)`,
    beside: '1 training, 1 hold',
    ratio: Math.max(trainings, holds),
    limit: { max: 1 },
  });
}

/** From the press to "ready", with the queue's bells and without any. */
async function benchBells(world: ChaosWorld, add: (figure: Figure) => void): Promise<void> {
  const rung = await secondsToReady();
  const dropping = setInterval(() => void dropBells(world.stack.env.DATABASE_URL), 50);
  const dropped = await secondsToReady().finally(() => clearInterval(dropping));
  const later = Math.max(...dropped) - Math.min(...rung);
  add({
    what: `every bell dropped: ${rounds} trainings end later by`,
    measured: `${later.toFixed(1)} s (slowest without bells, quickest with)`,
    beside: 'limit 10 s',
    ratio: later / 10,
    limit: { max: 1 },
  });
}

async function secondsToReady(): Promise<number[]> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now();
    const id = await startByTheClock();
    await until(async () => (await trainingOf(id)).status === 'ready', 50);
    seconds.push((performance.now() - from) / 1_000);
  }
  return seconds;
}

/** From the death of a worker, its call to the provider not yet written down, to the written job. */
async function benchKills(
  world: ChaosWorld,
  ended: Set<PartName>,
  add: (figure: Figure) => void,
): Promise<void> {
  const resumed: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const name of ['worker', 'worker-2'] as const) {
      if (world.stack.pid(name)) await world.stack.kill(name, 'SIGKILL');
    }
    ended.clear();
    await world.stack.restart('worker', { CRASH_POINT: point, NODE_ENV: 'test' });
    const id = await startByTheClock();
    await until(async () => ended.has('worker'), 50);
    const diedAt = performance.now();
    // Its supervisor's part: another worker, whose start counts.
    await world.stack.restart('worker-2');
    const submitted = { loraModelId: id, externalJobId: { not: null } };
    await until(async () => (await db().trainingAttempt.count({ where: submitted })) > 0, 50);
    resumed.push((performance.now() - diedAt) / 1_000);
    await until(async () => (await trainingOf(id)).status === 'ready', 50);
  }
  const slowest = Math.max(...resumed);
  add({
    what: `training goes on after kill -9 (lease ${leaseSeconds} s, a worker's start included)`,
    measured: `${slowest.toFixed(1)} s (slowest of ${rounds})`,
    beside: `lease + 5 s = ${leaseSeconds + 5} s`,
    ratio: slowest / (leaseSeconds + 5),
    limit: { max: 1 },
  });
}

function trainingOf(id: string) {
  return db().loraModel.findUniqueOrThrow({ where: { id }, select: { status: true } });
}
