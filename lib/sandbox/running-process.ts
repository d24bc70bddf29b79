import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/**
 * What tells one process from a later one with the same number: its start time, on Linux with the
 * boot it belongs to. Null when there is no such process.
 */
export async function identityOfProcess(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return ask(pid, 'lstart=');
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    // The name in parentheses may contain anything; what follows the last one is regular.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' ? null : `${boot.trim()}:${fields[19]}`;
  } catch {
    return null;
  }
}

/** The command line of a running process, words apart by blanks; null when there is none. */
export async function commandOfProcess(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return ask(pid, 'command=');
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return line.replaceAll('\0', ' ').trim() || null;
}

function ask(pid: number, column: string): string | null {
  const run = spawnSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8' });
  return run.stdout?.trim() || null;
}
