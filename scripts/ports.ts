import { createServer, type Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from './start-error.ts';

export interface PortUse {
  port: number;
  /** The variable that changes it. */
  variable: string;
  /** What listens there, "the web server". */
  what: string;
}

/**
 * Throws `StartError` when two parts ask for one port or something else listens on one already,
 * naming the port and its variable. Waits up to `patienceMs` for a port that is being given back.
 */
export async function demandFreePorts(uses: readonly PortUse[], patienceMs = 0): Promise<void> {
  for (const [index, use] of uses.entries()) {
    const rival = uses.slice(0, index).find(({ port }) => port === use.port);
    if (rival) {
      throw new StartError(
        `${rival.variable} and ${use.variable} are both ${use.port}. Set one of them to another port.`,
      );
    }
  }
  const deadline = Date.now() + patienceMs;
  for (const use of uses) {
    while (!(await isFree(use.port))) {
      if (Date.now() >= deadline) {
        throw new StartError(
          `Port ${use.port} is taken, and ${use.what} needs it. ` +
            `End what uses it, or set ${use.variable} to another port.`,
        );
      }
      await sleep(100);
    }
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = await listen(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EACCES') {
      throw new StartError(`Port ${port} needs more rights than this account has.`);
    }
    return null;
  });
  if (probe) await close(probe);
  return probe !== null;
}

// Below the ports that systems give to connections going out, so that none of those takes the port of
// a server that is down for a moment. Each process begins elsewhere: two do not find the same one.
// Browsers refuse 10,080.
const [lowest, highest] = [10_100, 32_000];
let next = lowest + ((process.pid * 64) % (highest - lowest));

/** The first of `length` ports in a row that were free a moment ago. */
export async function freePortRow(length: number): Promise<number> {
  for (;;) {
    const first = next + length > highest ? lowest : next;
    next = first + length;
    const row = Array.from({ length }, (_, index) => first + index);
    if ((await Promise.all(row.map(isFree))).every(Boolean)) return first;
  }
}

/** As many different ports as asked for, free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePortRow(1));
  return ports;
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
