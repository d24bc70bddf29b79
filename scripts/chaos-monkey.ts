import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { type CrashPoint, crashPoints } from '../lib/crash-point.ts';
import { chance } from '../lib/testing/fault-plan.ts';
import { type ChaosWorld, leaseSeconds } from './chaos-world.ts';
import type { PartName } from './stack.ts';

/** What is to be done to the processes. */
export interface Havoc {
  /** `kill -9` at unforeseen moments, of workers and of web servers. */
  workerKills: number;
  webKills: number;
  /** Stops a worker for longer than its lease. */
  freezes: number;
  databaseRestarts: number;
  /** Times the store, and the GPU host, are out of reach for a while. */
  outages: number;
  /** Times all waiting jobs of the queue are thrown away. */
  droppedQueues: number;
}

export interface HavocDone {
  kills: number;
  freezes: number;
  databaseRestarts: number;
  outages: number;
  droppedBells: number;
  crashPointsHit: CrashPoint[];
  /** Parts that ended though nobody had told them to. */
  unforeseen: string[];
}

type Deed = { kind: 'crash'; point: CrashPoint } | { kind: 'kill' } | { kind: 'freeze' };

const crashPatienceMs = 8_000;

/** Kills, freezes and starts again; whoever hears of the end of a part tells `partEnded`. */
export class ChaosMonkey {
  readonly done: HavocDone = {
    kills: 0,
    freezes: 0,
    databaseRestarts: 0,
    outages: 0,
    droppedBells: 0,
    crashPointsHit: [],
    unforeseen: [],
  };
  private world: ChaosWorld | null = null;
  private readonly deck: Deed[] = [];
  private readonly awaited = new Map<PartName, (report: string) => void>();
  private readonly down = new Set<PartName>();
  private round = 0;
  private relented = false;
  private readonly seed: number;
  private readonly havoc: Havoc;

  constructor(seed: number, havoc: Havoc) {
    this.seed = seed;
    this.havoc = havoc;
    const deeds: Deed[] = [
      ...crashPoints.map((point): Deed => ({ kind: 'crash', point })),
      ...Array.from({ length: havoc.workerKills }, (): Deed => ({ kind: 'kill' })),
      ...Array.from({ length: havoc.freezes }, (): Deed => ({ kind: 'freeze' })),
    ];
    const place = new Map(deeds.map((deed, index) => [deed, chance(seed, 'deck', index)]));
    this.deck.push(...deeds.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)));
  }

  partEnded(name: PartName, report: string): void {
    const heard = this.awaited.get(name);
    if (heard) heard(report);
    else {
      this.done.unforeseen.push(report);
      this.down.add(name);
    }
  }

  /** Everything in the plan, then every part running again. */
  async rage(world: ChaosWorld): Promise<void> {
    this.world = world;
    const workers = Array.from({ length: world.stack.env.WORKERS }, (_, i) => nameOf('worker', i));
    const web = Array.from({ length: world.stack.env.WEB_SERVERS }, (_, i) => nameOf('web', i));
    const webKills = share(this.havoc.webKills, web.length);
    await Promise.all([
      ...workers.map((name) => this.tormentWorker(name)),
      ...web.map((name, index) => this.tormentWeb(name, webKills[index] ?? 0)),
      this.restartDatabase(),
      this.cutOff(),
      this.dropBells(),
    ]);
    for (const name of [...workers, ...web]) await this.ensureUp(name);
  }

  /** The rest of the deck is given up: nothing happens any more in which a worker could be killed. */
  relent(): void {
    this.relented = true;
    this.deck.length = 0;
  }

  get deedsLeft(): number {
    return this.deck.length;
  }

  private async tormentWorker(name: PartName): Promise<void> {
    for (let deed = this.deck.shift(); deed; deed = this.deck.shift()) {
      if (deed.kind === 'crash') await this.crashAt(name, deed);
      else if (deed.kind === 'kill') {
        await this.ensureUp(name);
        await this.pause(500, 2_500);
        await this.kill(name);
      } else {
        await this.ensureUp(name);
        await this.pause(300, 1_500);
        if (!(await this.freeze(name))) this.putBack(deed);
      }
    }
  }

  /** Starts a worker that dies at one point and waits for that; a point that is not reached comes again. */
  private async crashAt(name: PartName, deed: Extract<Deed, { kind: 'crash' }>): Promise<void> {
    if (!this.down.has(name)) await this.killBesides(name);
    const ended = new Promise<string>((resolve) => this.awaited.set(name, resolve));
    const patience = new AbortController();
    try {
      const armed = { CRASH_POINT: deed.point, NODE_ENV: 'test' };
      const report = await this.up(name, armed).then(
        () =>
          Promise.race([
            ended,
            wait(crashPatienceMs, null, { signal: patience.signal }).catch(() => null),
          ]),
        // It came to the point before it had said that it was ready.
        (error: Error) => error.message,
      );
      if (report === null) {
        this.putBack(deed);
        await this.killBesides(name);
      } else if (report.includes(`crash point ${deed.point}`)) {
        this.done.kills += 1;
        this.done.crashPointsHit.push(deed.point);
        this.down.add(name);
      } else {
        this.done.unforeseen.push(report);
        this.down.add(name);
        this.putBack(deed);
      }
    } finally {
      patience.abort();
      this.awaited.delete(name);
    }
  }

  private putBack(deed: Deed): void {
    if (!this.relented) this.deck.push(deed);
  }

  /** A worker that has to go for a deed of another kind is as dead as any: one kill fewer is to come. */
  private async killBesides(name: PartName): Promise<void> {
    await this.kill(name);
    const spared = this.deck.findIndex(({ kind }) => kind === 'kill');
    if (spared >= 0) this.deck.splice(spared, 1);
  }

  private async kill(name: PartName): Promise<void> {
    await this.stack().kill(name, 'SIGKILL');
    this.done.kills += 1;
    this.down.add(name);
  }

  /** False when there is nothing to freeze: it has ended by itself. */
  private async freeze(name: PartName): Promise<boolean> {
    const pid = this.stack().pid(name);
    if (pid === null) return false;
    process.kill(-pid, 'SIGSTOP');
    await this.pause(leaseSeconds * 1_000 + 500, leaseSeconds * 1_000 + 1_500);
    try {
      process.kill(-pid, 'SIGCONT');
    } catch {
      // It had ended in between.
    }
    this.done.freezes += 1;
    return true;
  }

  private async tormentWeb(name: PartName, kills: number): Promise<void> {
    for (let count = 0; count < kills; count += 1) {
      await this.pause(4_000, 8_000);
      await this.kill(name);
      await this.ensureUp(name);
    }
  }

  private async restartDatabase(): Promise<void> {
    for (let count = 0; count < this.havoc.databaseRestarts; count += 1) {
      await this.pause(8_000, 16_000);
      await this.stack().kill('database', count % 2 ? 'SIGKILL' : 'SIGTERM');
      await this.up('database');
      this.done.databaseRestarts += 1;
    }
  }

  private async cutOff(): Promise<void> {
    for (let count = 0; count < this.havoc.outages; count += 1) {
      await this.pause(5_000, 10_000);
      const world = this.world;
      await (count % 2 ? world?.gpu : world?.store)?.control({ awayMs: 1_500 });
      this.done.outages += 1;
    }
  }

  private async dropBells(): Promise<void> {
    for (let count = 0; count < this.havoc.droppedQueues; count += 1) {
      await this.pause(3_000, 6_000);
      const until = Date.now() + 2_000;
      while (Date.now() < until) {
        this.done.droppedBells += await dropBells(this.stack().env.DATABASE_URL);
        await wait(200);
      }
    }
  }

  private async ensureUp(name: PartName): Promise<void> {
    if (this.down.has(name)) await this.up(name);
  }

  /** As a supervisor would: again until it stands, since the database may be away. */
  private async up(name: PartName, change?: Record<string, string>): Promise<void> {
    const deadline = Date.now() + 120_000;
    for (;;) {
      try {
        await this.stack().restart(name, change);
        this.down.delete(name);
        return;
      } catch (error) {
        const crashed = error instanceof Error && error.message.includes('crash point');
        if (crashed || Date.now() > deadline) throw error;
        await wait(300);
      }
    }
  }

  private pause(fromMs: number, toMs: number): Promise<void> {
    this.round += 1;
    return wait(fromMs + (toMs - fromMs) * chance(this.seed, 'pause', this.round));
  }

  private stack() {
    if (!this.world) throw new Error('The world is not there yet.');
    return this.world.stack;
  }
}

/** Throws every waiting job of the queue away; how many there were. */
export async function dropBells(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rowCount } = await client.query("DELETE FROM pgboss.job WHERE state = 'created'");
    return rowCount ?? 0;
  } catch {
    // The database may just be starting.
    return 0;
  } finally {
    await client.end().catch(() => {});
  }
}

function nameOf(kind: 'web' | 'worker', index: number): PartName {
  return index === 0 ? kind : `${kind}-${index + 1}`;
}

function share(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, i) => Math.floor((total + i) / parts));
}
