import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { readEnv } from '../lib/env.ts';
import type { HostJob } from '../lib/gpu/protocol.ts';
import { patienceWithGpu } from '../lib/lora/rules/patience.ts';
import { databaseUrl, startTestPostgres } from '../lib/testing/postgres.ts';
import type { Figure } from './bench-figure.ts';
import { ROOT } from './root.ts';
import { readLines, signalGroup, spawnNode } from './run-node.ts';

const live = 10_000;
const totalSteps = 1_500;
const secondsPerStep = 2.4;
const intervals = 4;

/**
 * 10,000 trainings that run at once, watched by one real worker process: a database of their rows, a
 * stand-in for the provider that answers over HTTP, and a trigger that notes how long after its due
 * time each look was written down. Every training takes an hour of steps; none ends meanwhile.
 */
export async function benchLive(add: (figure: Figure) => void): Promise<void> {
  console.log(`bench: ${live} live trainings, one worker …`);
  const postgres = await startTestPostgres();
  const url = databaseUrl(postgres.adminUrl, postgres.template);
  const client = new pg.Client({ connectionString: url });
  const provider = await startProvider();
  await client.connect();
  await client.query(liveTrainings, [live, totalSteps]);
  await client.query(noteLooks);
  const worker = spawnNode({
    args: [join(ROOT, 'lib/jobs/worker.ts')],
    env: {
      ...process.env,
      NODE_ENV: 'production',
      LOG_LEVEL: 'error',
      DATABASE_URL: url,
      GPU_PROVIDER: 'worker-host',
      WORKER_HOST_URL: provider.url,
      WORKER_HOST_TOKEN: 'bench',
    },
  });
  try {
    const ready = Promise.withResolvers<void>();
    readLines(worker, (line) => {
      if (line === 'worker: ready') ready.resolve();
      else console.error(line.slice(0, 500));
    });
    worker.once('exit', (code) => ready.reject(new Error(`the worker ended (${code})`)));
    await ready.promise;
    const { lookEverySeconds } = patienceWithGpu(readEnv({}).TRAINING_DEADLINE_MINUTES);
    // The first interval finds all due at once and builds up what a worker builds up once.
    await wait(lookEverySeconds * 1_000);
    await client.query('TRUNCATE looks');
    provider.requests.length = 0;
    const cpuBefore = await cpuSeconds(worker.pid ?? 0);
    const from = performance.now();
    await wait(intervals * lookEverySeconds * 1_000);
    const seconds = (performance.now() - from) / 1_000;
    const cpu = ((await cpuSeconds(worker.pid ?? 0)) - cpuBefore) / seconds;
    const lists = provider.requests.filter((path) => path === '/jobs').length;
    const { rows } = await client.query<{ looks: number; lag: number | null }>(
      `SELECT count(*)::int AS looks,
              percentile_cont(0.95) WITHIN GROUP (ORDER BY lag_seconds)::float8 AS lag FROM looks`,
    );
    const { looks, lag } = rows[0] ?? { looks: 0, lag: null };
    const single = provider.requests.length - lists;
    // A round lasts a little longer than its interval, and a few looks are made before they are due.
    if (looks < 0.95 * live * (intervals - 1) || lag === null) {
      throw new Error(`only ${looks} looks`);
    }
    add({
      what: `list calls a poll interval (${lookEverySeconds} s), ${live} live trainings`,
      measured: `${(lists / intervals).toFixed(2)} (${lists} in ${Math.round(seconds)} s, ${single} single looks)`,
      beside: '1 an interval',
      ratio: lists / intervals,
      limit: { max: 1 },
    });
    add({
      what: `worker CPU, ${live} live trainings`,
      measured: `${(cpu * 100).toFixed(1)} % of a core`,
      beside: 'limit 25 %',
      ratio: cpu / 0.25,
      limit: { max: 1 },
    });
    add({
      what: `lag of a due look, p95, ${live} live trainings`,
      measured: `${lag.toFixed(2)} s (n = ${looks})`,
      beside: 'limit 5 s',
      ratio: lag / 5,
      limit: { max: 1 },
    });
  } finally {
    signalGroup(worker, 'SIGKILL');
    await client.end();
    await provider.close();
    await postgres.stop();
  }
}

/** One creator with a character for each training: every one runs, due at its own moment. */
const liveTrainings = `
  WITH creator AS (
    INSERT INTO users (id, email) VALUES (gen_random_uuid(), 'bench@example.test') RETURNING id),
  numbered AS (
    SELECT number, gen_random_uuid() AS character_id, gen_random_uuid() AS training_id,
           (number * 7919) % ($2::int - 300) AS step
      FROM generate_series(1, $1::int) number),
  characters_made AS (
    INSERT INTO characters (id, user_id, name, look, trigger_word)
    SELECT character_id, creator.id, 'Mara', '', 'bench_' || number FROM numbered, creator),
  trainings AS (
    INSERT INTO lora_models (id, character_id, user_id, status, base_model, trigger_word, config,
           image_manifest, image_manifest_sha256, image_count, request_id, request_hash, started_by,
           cost_credits, price_version, external_provider, external_job_id, phase, step,
           training_steps, loss, seconds_per_step, last_heard_at, deadline_at, training_started_at)
    SELECT training_id, character_id, creator.id, 'training', 'z-image-turbo', 'bench_' || number,
           '{}', '[]', '', 5, gen_random_uuid(), '', 'creator', 0, 1, 'worker-host',
           'job-' || number, 'training', step, $2, 0.1, 2.4, now(), now() + interval '6 hours', now()
      FROM numbered, creator)
  INSERT INTO training_attempts (id, lora_model_id, number, provider, job_name, state,
         external_job_id, submitted_at, next_check_at)
  SELECT gen_random_uuid(), training_id, 1, 'worker-host', 'bench-' || number, 'submitted',
         'job-' || number, now(), now() + (number % 20) * interval '1 second'
    FROM numbered`;

const noteLooks = `
  CREATE UNLOGGED TABLE looks (lag_seconds float8 NOT NULL);
  CREATE FUNCTION note_look() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO looks VALUES (extract(epoch FROM clock_timestamp() - OLD.next_check_at));
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_look AFTER UPDATE OF next_check_at ON training_attempts FOR EACH ROW
    WHEN (OLD.next_check_at < NEW.next_check_at AND OLD.next_check_at <= clock_timestamp())
    EXECUTE FUNCTION note_look()`;

/** Speaks the worker protocol; every job is as far as the time since it began allows. */
async function startProvider() {
  const beganAt = Date.now();
  const createdAt = new Date(beganAt).toISOString();
  const requests: string[] = [];
  const job = (number: number): HostJob => {
    const seconds = (Date.now() - beganAt) / 1_000;
    const step = ((number * 7919) % (totalSteps - 300)) + Math.floor(seconds / secondsPerStep);
    return {
      id: `job-${number}`,
      name: `bench-${number}`,
      state: 'running',
      createdAt,
      progress: {
        phase: 'training',
        step: Math.min(step, totalSteps),
        totalSteps,
        loss: 0.1 + (number % 100) / 1_000,
        secondsPerStep,
        gpuSeconds: seconds,
      },
      files: [],
      samples: [],
      error: null,
    };
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path);
    const number = Number(/^\/jobs\/job-(\d+)$/.exec(path)?.[1]);
    const body = Number.isNaN(number)
      ? { jobs: Array.from({ length: live }, (_, at) => job(at + 1)) }
      : job(number);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a process has used of the processor so far; Linux tells in hundredths of a second. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
