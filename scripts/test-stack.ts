import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { variables } from '../lib/env.ts';
import { freePortRow, freePorts } from './ports.ts';
import { createStack, type RunningStack, type StackOptions } from './stack.ts';

export interface TestStackOptions {
  /** Seconds a sandbox training takes; 6 unless told. */
  trainingSeconds?: number;
  /** Whether the demo account and its influencers are there; yes unless told. */
  sampleData?: boolean;
  /** Settings besides, by variable. */
  settings?: Record<string, string>;
  /** Told what goes on while it starts, and warnings of parts; silent unless told. */
  report?: (line: string) => void;
  /** Web servers and workers; one of each unless told. */
  webServers?: number;
  workers?: number;
  /** See `StackOptions`. */
  onPartEnded?: StackOptions['onPartEnded'];
  /** Given up on when this is given while it starts. */
  signal?: AbortSignal;
}

export interface TestStack extends RunningStack {
  /** Where the parts' logs lie while it runs. */
  dataDirectory: string;
  /** Ends everything and removes the data. Throws when a part had ended by itself. */
  stop(): Promise<void>;
}

/**
 * The whole application on free ports with an empty data folder of its own: the built web server,
 * the worker, PostgreSQL, the S3 store and the sandbox GPU. Settings of this machine do not count.
 * Several can run at once.
 */
export async function startTestStack(options: TestStackOptions = {}): Promise<TestStack> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'likeness-stack-'));
  // PostgreSQL may run under another account and must get through.
  await chmod(dataDirectory, 0o755);
  const { webServers = 1, workers = 1, onPartEnded } = options;
  const web = await freePortRow(webServers);
  const [database, s3, gpu] = await freePorts(3);
  const stack = createStack({
    mode: 'production',
    report: options.report ?? (() => {}),
    onPartEnded,
    settings: {
      ...withoutSettings(process.env),
      LOG_LEVEL: 'info',
      LIKENESS_DATA_DIR: dataDirectory,
      PORT: String(web),
      WEB_SERVERS: String(webServers),
      WORKERS: String(workers),
      DATABASE_PORT: String(database),
      S3_PORT: String(s3),
      SANDBOX_GPU_PORT: String(gpu),
      SANDBOX_TRAINING_SECONDS: String(options.trainingSeconds ?? 6),
      SAMPLE_DATA: String(options.sampleData ?? true),
      GALLERY: 'true',
      ...options.settings,
    },
  });
  let crash: string | null = null;
  void stack.crashed.then((report) => {
    crash = report;
    options.report?.(report);
  });
  const stop = async (): Promise<void> => {
    await stack.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  };
  const giveUp = (): void => void stack.stop();
  options.signal?.addEventListener('abort', giveUp);
  try {
    options.signal?.throwIfAborted();
    const running = await stack.start();
    return {
      ...running,
      dataDirectory,
      stop: async () => {
        await stop();
        if (crash !== null) throw new Error(crash);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', giveUp);
  }
}

function withoutSettings(
  environment: Record<string, string | undefined>,
): Record<string, string | undefined> {
  const known = new Set(Object.keys(variables.shape));
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !known.has(name)));
}
