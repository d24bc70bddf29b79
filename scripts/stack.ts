import { isAbsolute, join, relative, resolve } from 'node:path';
import { type Env, readEnv } from '../lib/env.ts';
import { buildIfStale } from './build.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { databasePart } from './database-part.ts';
import { generate } from './generate.ts';
import { noteworthy, noteworthyOfDevelopmentServer, noteworthyOfPostgres } from './noteworthy.ts';
import { type NodePartOptions, nodePart, openLog, type Part } from './part.ts';
import { demandFreePorts } from './ports.ts';
import type { Prepared } from './prepare.ts';
import { ROOT } from './root.ts';
import { runNode } from './run-node.ts';
import {
  childEnvironment,
  embeddedParts,
  portUses,
  webPorts,
  withEmbedded,
} from './stack-settings.ts';
import { StartError } from './start-error.ts';

/** The first of a kind, or one of the others: `worker`, `worker-2`. */
type Copy<Kind extends string> = Kind | `${Kind}-${number}`;
export type PartName = 'database' | 's3' | 'gpu' | Copy<'worker'> | Copy<'web'>;

/** In the order of stopping, with what each may take; together under the 10 s of a stop. */
const STOP_LIMITS_MS: readonly ['web' | 'worker' | 'gpu' | 's3' | 'database', number][] = [
  ['web', 1_500],
  ['worker', 3_500],
  ['gpu', 700],
  ['s3', 700],
  ['database', 3_000],
];
const READY_LIMIT_MS = 60_000;
const LEAVING_LIMIT_MS = 8_000;

export interface StackOptions {
  mode: 'production' | 'development';
  /** Where settings come from: `process.env`, or a set of their own in tests. */
  settings: Record<string, string | undefined>;
  /** Told what goes on while it starts, and every warning of a part afterwards. */
  report(line: string): void;
  /**
   * Told which part has ended by itself, and how; the others go on. Without it the stack says that
   * it has crashed.
   */
  onPartEnded?(name: PartName, report: string): void;
}

export interface Stack {
  /**
   * Starts every part; resolves when the first page can be opened. Throws `StartError` or
   * `EnvError`, whose messages say what to do; call `stop` then as well.
   */
  start(): Promise<RunningStack>;
  /** Ends every part, also in the middle of `start`. Safe to repeat. */
  stop(): Promise<void>;
  /** Resolves with a report when a part ends by itself. */
  crashed: Promise<string>;
}

export interface RunningStack {
  /** The address a creator opens. */
  url: string;
  /** The settings the parts run with, embedded addresses and secrets filled in. */
  env: Env;
  /** Null where no sample data was asked for. */
  demo: { email: string; password: string } | null;
  /** One line a component: what it is and where it keeps its data. */
  components: string[];
  pid(name: PartName): number | null;
  /** Ends one part with `signal` and resolves when it is gone; the others go on. */
  kill(name: PartName, signal: NodeJS.Signals): Promise<void>;
  /**
   * Starts a part that has ended; resolves when it is ready. A Node process gets `change` on top of
   * its environment, this time only.
   */
  restart(name: PartName, change?: Record<string, string>): Promise<void>;
}

/**
 * The application with all it needs: PostgreSQL, the S3 store, the sandbox GPU, the worker and the
 * web server. A part that a setting names is used where it is instead of started.
 */
export function createStack({ mode, settings, report, onPartEnded }: StackOptions): Stack {
  const parts = new Map<PartName, Part>();
  const stopping = new AbortController();
  const { promise: crashed, resolve: onCrash } = Promise.withResolvers<string>();
  let data: DataDirectory | null = null;
  let starting: Promise<unknown> = Promise.resolve();
  let stopped: Promise<void> | null = null;

  async function startPart(
    name: PartName,
    part: Part,
    change?: Record<string, string>,
  ): Promise<void> {
    stopping.signal.throwIfAborted();
    parts.set(name, part);
    await part.start(change);
  }

  const ended = (name: PartName) => (how: string) =>
    onPartEnded ? onPartEnded(name, how) : onCrash(how);

  async function start(): Promise<RunningStack> {
    const wanted = readEnv({ ...settings, NODE_ENV: mode });
    const embedded = embeddedParts(wanted);
    data = await openDataDirectory(resolve(ROOT, wanted.LIKENESS_DATA_DIR));
    // Of a stack that was killed, parts may still be on their way out.
    await demandFreePorts(portUses(wanted, embedded), data.takenOver ? LEAVING_LIMIT_MS : 0);
    const env = withEmbedded({ ...wanted, LIKENESS_DATA_DIR: data.path }, embedded, data.secrets);
    const childEnv = childEnvironment(settings, env);
    const logs = join(data.path, 'logs');
    const script = (path: string) => [join(ROOT, path)];
    const node = (
      name: PartName,
      title: string,
      options: Pick<NodePartOptions, 'args' | 'ready'> & Partial<NodePartOptions>,
    ): Part =>
      nodePart({
        name: title,
        env: childEnv,
        log: openLog(logs, name, report),
        readyLimitMs: READY_LIMIT_MS,
        onCrash: ended(name),
        ...options,
      });

    // The build takes longest and needs no other part, so they start beside it.
    const generated = generate(stopping.signal);
    const built = generated.then(() =>
      mode === 'production' ? buildIfStale(report, stopping.signal) : false,
    );
    built.catch(() => {});

    const services: Promise<void>[] = [];
    const database = databasePart({
      directory: join(data.path, 'postgres'),
      port: env.DATABASE_PORT,
      password: data.secrets.databasePassword,
      appPassword: data.secrets.databaseAppPassword,
      log: openLog(logs, 'database', report, noteworthyOfPostgres),
      onCrash: ended('database'),
    });
    if (embedded.database) services.push(startPart('database', database));
    if (embedded.s3) {
      const part = node('s3', 'S3 store', {
        args: script('lib/sandbox/s3/main.ts'),
        env: { ...childEnv, S3_DIRECTORY: join(data.path, 's3') },
        ready: { url: env.S3_ENDPOINT },
      });
      services.push(startPart('s3', part));
    }
    if (embedded.gpu) {
      const part = node('gpu', 'sandbox GPU', {
        args: script('lib/sandbox/gpu/main.ts'),
        env: { ...childEnv, SANDBOX_GPU_DIRECTORY: join(data.path, 'gpu') },
        ready: { url: env.SANDBOX_GPU_URL },
      });
      services.push(startPart('gpu', part));
    }
    await Promise.all([generated, ...services]);

    const withSampleData = embedded.database && env.SAMPLE_DATA && env.GPU_PROVIDER === 'sandbox';
    const prepareEnv = { ...childEnv, DATABASE_OWNER_URL: env.DATABASE_OWNER_URL };
    const prepared = await prepare(prepareEnv, withSampleData, stopping.signal);

    const workers = copies('worker', env.WORKERS).map((name) =>
      startPart(
        name,
        node(name, name, { args: script('lib/jobs/worker.ts'), ready: { line: 'worker: ready' } }),
      ),
    );

    const ports = webPorts(env);
    const webServers = copies('web', ports.length).map((name, index) => {
      const port = String(ports[index]);
      const part = node(name, index === 0 ? 'web server' : `web server ${index + 1}`, {
        args:
          mode === 'production'
            ? [...script('scripts/web-server.ts'), port]
            : [join(ROOT, 'node_modules/next/dist/bin/next'), 'dev', '--port', port],
        log: openLog(
          logs,
          name,
          report,
          mode === 'production' ? noteworthy : noteworthyOfDevelopmentServer,
        ),
        ready: { url: `http://127.0.0.1:${port}/api/health` },
      });
      return built.then(() => startPart(name, part));
    });
    await Promise.all([...workers, ...webServers]);

    const partOf = (name: PartName): Part => {
      const part = parts.get(name);
      if (!part) throw new Error(`This stack does not run a ${name} of its own.`);
      return part;
    };
    return {
      url: env.APP_URL,
      env,
      demo: prepared.demo,
      components: componentLines(env, embedded, {
        serverVersion: prepared.serverVersion,
        ledgerIsClosed: prepared.ledgerIsClosed,
        databaseDirectory: database.directory(),
        workerPids: copies('worker', env.WORKERS).map((name) => parts.get(name)?.pid ?? null),
        mode,
      }),
      pid: (name) => parts.get(name)?.pid ?? null,
      kill: (name, signal) => partOf(name).kill(signal),
      restart: (name, change) => startPart(name, partOf(name), change),
    };
  }

  async function stop(): Promise<void> {
    stopping.abort(new StartError('Stopped before it had started.'));
    for (const [kind, limitMs] of STOP_LIMITS_MS) {
      const ofKind = [...parts].filter(([name]) => name === kind || name.startsWith(`${kind}-`));
      await Promise.all(ofKind.map(([, part]) => part.stop(limitMs)));
    }
    await starting.catch(() => {});
    await data?.release();
  }

  return {
    crashed,
    start() {
      const promise = start();
      starting = promise;
      return promise;
    },
    stop() {
      stopped ??= stop();
      return stopped;
    },
  };
}

async function prepare(
  env: NodeJS.ProcessEnv,
  withSampleData: boolean,
  signal: AbortSignal,
): Promise<Exclude<Prepared, { problem: string }>> {
  let answer: Prepared | null = null;
  const args = [join(ROOT, 'scripts/prepare.ts'), ...(withSampleData ? ['--sample-data'] : [])];
  const { output } = await runNode(
    { args, env },
    {
      signal,
      onMessage: (message) => {
        answer = message as Prepared;
      },
    },
  );
  const told = answer as Prepared | null;
  if (told === null) throw new StartError(`Database and store could not be prepared:\n${output}`);
  if ('problem' in told) throw new StartError(told.problem);
  return told;
}

interface Facts {
  serverVersion: string;
  ledgerIsClosed: boolean;
  databaseDirectory: string;
  workerPids: (number | null)[];
  mode: StackOptions['mode'];
}

function componentLines(
  env: Env,
  embedded: ReturnType<typeof embeddedParts>,
  facts: Facts,
): string[] {
  const [major] = facts.serverVersion.split('.');
  const hostOf = (url: string) => new URL(url).host;
  return [
    embedded.database
      ? `database: embedded PostgreSQL ${major} in ${shown(facts.databaseDirectory)}, port ${env.DATABASE_PORT}`
      : `database: PostgreSQL ${major} at ${hostOf(env.DATABASE_URL)} (DATABASE_URL)`,
    ...(facts.ledgerIsClosed
      ? []
      : ['database: the application could change its own ledger; set DATABASE_OWNER_URL (README)']),
    embedded.s3
      ? `store: embedded S3 in ${shown(join(env.LIKENESS_DATA_DIR, 's3'))}, port ${env.S3_PORT}`
      : `store: bucket ${env.S3_BUCKET} at ${hostOf(env.S3_ENDPOINT)} (S3_ENDPOINT)`,
    embedded.gpu
      ? `GPU: sandbox, empty adapters in ${env.SANDBOX_TRAINING_SECONDS} s, port ${env.SANDBOX_GPU_PORT}`
      : `GPU: sandbox at ${hostOf(env.SANDBOX_GPU_URL)} (SANDBOX_GPU_URL)`,
    mailLine(env),
    `${facts.workerPids.length === 1 ? 'worker' : 'workers'}: process ${facts.workerPids.join(', ')}`,
    `web: Next.js in ${facts.mode}, port ${webPorts(env).join(', ')}`,
    `logs: ${shown(join(env.LIKENESS_DATA_DIR, 'logs'))}`,
  ];
}

/** The names of `count` parts of a kind. */
function copies<Kind extends 'web' | 'worker'>(kind: Kind, count: number): Copy<Kind>[] {
  return Array.from({ length: count }, (_, index): Copy<Kind> => {
    return index === 0 ? kind : `${kind}-${index + 1}`;
  });
}

function mailLine(env: Env): string {
  if (env.MAIL_TRANSPORT === 'off') return 'e-mail: off (MAIL_TRANSPORT)';
  return env.MAIL_TRANSPORT === 'smtp'
    ? `e-mail: by ${new URL(env.MAIL_SMTP_URL).host} (MAIL_SMTP_URL)`
    : `e-mail: files in ${shown(env.MAIL_DIRECTORY || join(env.LIKENESS_DATA_DIR, 'mail'))}`;
}

/** A path as a person in the checkout would type it. */
function shown(path: string): string {
  const fromRoot = relative(ROOT, path);
  return fromRoot.startsWith('..') || isAbsolute(fromRoot) ? path : fromRoot;
}
