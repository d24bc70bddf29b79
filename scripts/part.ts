import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { noteworthy } from './noteworthy.ts';
import { type NodeCommand, readLines, signalGroup, spawnNode } from './run-node.ts';
import { StartError } from './start-error.ts';

const MAX_LOG_BYTES = 10_000_000;
const TAIL_LINES = 15;

/** Where a part's output goes: all of it to a file, what somebody must see to the console. */
export interface PartLog {
  path: string;
  write(line: string, fromStderr: boolean): void;
  /** The last lines of the present run. */
  tail(): string[];
  /** A new run begins. */
  begin(): void;
}

/** Opens `<directory>/<name>.log` for appending; a file that has grown large becomes `.log.old`. */
export function openLog(
  directory: string,
  name: string,
  show: (line: string) => void,
  isNoteworthy: typeof noteworthy = noteworthy,
): PartLog {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `${name}.log`);
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) {
    renameSync(path, `${path}.old`);
  }
  const file = createWriteStream(path, { flags: 'a' });
  // A full disk must not end the application because of its log.
  file.on('error', () => {});
  let tail: string[] = [];
  return {
    path,
    tail: () => tail,
    begin: () => {
      tail = [];
    },
    write(line, fromStderr) {
      file.write(`${line}\n`);
      if (line.trim()) tail = [...tail, line].slice(-TAIL_LINES);
      const text = isNoteworthy(line, fromStderr);
      if (text) show(`[${name}] ${text}`);
    },
  };
}

/** One process of the stack. */
export interface Part {
  /** Null while it does not run. */
  readonly pid: number | null;
  /**
   * Resolves when it does its work; throws `StartError` with its last lines when it does not. A Node
   * process gets `change` on top of its environment, this time only.
   */
  start(change?: Record<string, string>): Promise<void>;
  /** Asks it to end (SIGTERM) and makes it (SIGKILL) after `limitMs`. */
  stop(limitMs: number): Promise<void>;
  /** Sends `signal` and resolves when the process is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface NodePartOptions extends NodeCommand {
  name: string;
  log: PartLog;
  /** The line it prints, or the address it answers on, when it does its work. */
  ready: { line: string } | { url: string };
  readyLimitMs: number;
  /** Called with what happened when it ends without having been asked to. */
  onCrash(report: string): void;
}

/** A Node process in a process group of its own. */
export function nodePart(options: NodePartOptions): Part {
  let current: Run | null = null;
  return {
    get pid() {
      return current?.ended === null ? (current.child.pid ?? null) : null;
    },
    async start(change) {
      const run = launch({ ...options, env: { ...(options.env ?? process.env), ...change } });
      current = run;
      const deadline = Date.now() + options.readyLimitMs;
      while (!(await isReady(run, options.ready))) {
        if (run.ended === null && Date.now() < deadline) {
          await sleep(50);
          continue;
        }
        run.endWanted = true;
        signalGroup(run.child, 'SIGKILL');
        const what = run.ended === null ? 'did not become ready' : `did not start (${run.ended})`;
        throw new StartError(told(options, what));
      }
      run.watched = true;
      if (run.ended !== null && !run.endWanted)
        options.onCrash(told(options, `ended by itself (${run.ended})`));
    },
    async kill(signal) {
      if (current) await end(current, signal);
    },
    async stop(limitMs) {
      const run = current;
      if (!run) return;
      const impatience = setTimeout(() => signalGroup(run.child, 'SIGKILL'), limitMs);
      await end(run, 'SIGTERM');
      clearTimeout(impatience);
      // Helpers it may have left in its group.
      signalGroup(run.child, 'SIGKILL');
    },
  };
}

interface Run {
  child: ChildProcess;
  /** How it ended, null while it runs. */
  ended: string | null;
  endWanted: boolean;
  /** From its readiness on an end is a crash; before, a failed start. */
  watched: boolean;
  saidReady: boolean;
}

function launch(options: NodePartOptions): Run {
  const { log, ready } = options;
  log.begin();
  const child = spawnNode(options);
  const run: Run = { child, ended: null, endWanted: false, watched: false, saidReady: false };
  readLines(child, (line, fromStderr) => {
    if ('line' in ready && line === ready.line) run.saidReady = true;
    log.write(line, fromStderr);
  });
  child.once('error', (error) => {
    run.ended ??= error.message;
  });
  child.once('exit', (code, signal) => {
    run.ended ??= signal ? `signal ${signal}` : `exit code ${code}`;
    const report = () => {
      if (run.watched && !run.endWanted) {
        options.onCrash(told(options, `ended by itself (${run.ended})`));
      }
    };
    // Its last words may still be on their way to the log.
    setTimeout(report, 100);
  });
  return run;
}

async function isReady(run: Run, ready: NodePartOptions['ready']): Promise<boolean> {
  if (run.ended !== null) return false;
  return 'line' in ready ? run.saidReady : await answersHttp(ready.url);
}

async function end(run: Run, signal: NodeJS.Signals): Promise<void> {
  run.endWanted = true;
  if (run.ended !== null) return;
  const gone = once(run.child, 'exit');
  signalGroup(run.child, signal);
  await gone;
}

function told({ name, log }: NodePartOptions, what: string): string {
  const lines = log.tail().map((line) => `  ${line}`);
  return [`The ${name} ${what}. Its last lines (${log.path}):`, ...lines].join('\n');
}

/** Whether something answers HTTP at `url`, whatever it says. */
async function answersHttp(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000), redirect: 'manual' });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
