import { db } from '../lib/db.ts';
import { ChaosMonkey, type Havoc } from './chaos-monkey.ts';
import { checkPromises } from './chaos-promises.ts';
import { runChaos } from './chaos-run.ts';
import { startChaosWorld } from './chaos-world.ts';

/**
 * `npm run soak -- [trainings] [seed]`: as many trainings as told (10,000) under faults and kills,
 * and what came of them. Exits non-zero when a promise was broken.
 */
const trainings = Number(process.argv[2] ?? 10_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000_000);
const share = trainings / 1_000;
const havoc: Havoc = {
  workerKills: Math.ceil(30 * share),
  webKills: Math.ceil(8 * share),
  freezes: Math.ceil(22 * share),
  databaseRestarts: Math.ceil(2 * share),
  outages: Math.ceil(4 * share),
  droppedQueues: Math.ceil(6 * share),
};
console.log(`soak: ${trainings} trainings, seed ${seed}`);

const startedAt = performance.now();
const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(0)} s`;
const monkey = new ChaosMonkey(seed, havoc);
const world = await startChaosWorld({
  seed,
  onPartEnded: (name, report) => monkey.partEnded(name, report),
});
try {
  // More at once would only wait: a worker is killed every second.
  const creators = Math.max(10, Math.ceil(100 * Math.min(1, share)));
  const plan = { seed, trainings, creators, charactersEach: 2 };
  const asked = await runChaos(world, monkey, plan, (line) => console.log(`${seconds()}: ${line}`));
  const outcome = await checkPromises(await world.gpu.truth());
  const { requests, deliveries } = await world.gpu.truth();
  console.log(
    JSON.stringify({ asked, havoc: monkey.done, outcome, requests, deliveries }, null, 2),
  );
  const broken = Object.entries(outcome).filter(
    ([, found]) => Array.isArray(found) && found.length,
  );
  const isBroken =
    broken.length > 0 ||
    outcome.openHolds > 0 ||
    monkey.done.unforeseen.length > 0 ||
    outcome.acceptedForgeries > 0 ||
    Math.max(outcome.extraJobs, asked.leftToReaper) > outcome.jobs * 0.005;
  console.log(`${isBroken ? 'BROKEN' : 'every promise kept'}, ${seconds()}`);
  process.exitCode = isBroken ? 1 : 0;
} finally {
  await db().$disconnect();
  await world.stop();
}
// The verbs that were called here opened a queue, which would keep this process alive.
process.exit();
