import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { ROOT } from './root.ts';

export interface NodeCommand {
  /** A script, JavaScript or TypeScript, and its own arguments. */
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Where it runs; the checkout when nothing is said. */
  cwd?: string;
}

/**
 * Spawns Node with `command`, in a process group of its own and bound to this process: it ends when
 * this one is gone. Out of the terminal's group, so that Ctrl-C reaches only us and we decide.
 */
export function spawnNode({ args, env = process.env, cwd = ROOT }: NodeCommand): ChildProcess {
  const leaveWithUs = pathToFileURL(join(ROOT, 'scripts/leave-with-parent.mjs'));
  return spawn(process.execPath, ['--import', `${leaveWithUs}?parent=${process.pid}`, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}

/** Calls `onLine` for each line the process writes. */
export function readLines(
  child: ChildProcess,
  onLine: (line: string, fromStderr: boolean) => void,
): void {
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (l) => onLine(l, false));
  if (child.stderr) createInterface({ input: child.stderr }).on('line', (l) => onLine(l, true));
}

/** Signals the process and what it started; does nothing when they are gone. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone.
  }
}

export interface Finished {
  code: number | null;
  /** Everything it wrote. */
  output: string;
}

/** Runs `command` to its end. `signal` kills it with all it started; then the promise rejects. */
export function runNode(
  command: NodeCommand,
  options: {
    signal?: AbortSignal;
    onLine?: (line: string, fromStderr: boolean) => void;
    onMessage?: (message: unknown) => void;
  } = {},
): Promise<Finished> {
  options.signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawnNode(command);
    const lines: string[] = [];
    readLines(child, (line, fromStderr) => {
      lines.push(line);
      options.onLine?.(line, fromStderr);
    });
    if (options.onMessage) child.on('message', options.onMessage);
    const abort = () => signalGroup(child, 'SIGKILL');
    options.signal?.addEventListener('abort', abort);
    child.once('error', reject);
    child.once('close', (code) => {
      options.signal?.removeEventListener('abort', abort);
      if (options.signal?.aborted) reject(options.signal.reason);
      else resolve({ code, output: lines.join('\n').trim() });
    });
  });
}

/** Our environment for a program whose output we pass on: coloured when our own console is. */
export function withColourOfConsole(): NodeJS.ProcessEnv {
  const { FORCE_COLOR: _, ...rest } = process.env;
  return process.stdout.isTTY ? { ...rest, FORCE_COLOR: '1' } : rest;
}
