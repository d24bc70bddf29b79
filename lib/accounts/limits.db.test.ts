import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import type { DomainError } from '../errors.ts';
import { countTry, forgetOversteps } from './limits.ts';
import { type LimitName, limits, waitAfter } from './rules/limits.ts';

const names = Object.keys(limits) as LimitName[];

async function refusalOf(name: LimitName, who: string): Promise<DomainError | null> {
  return countTry(name, who).then(
    () => null,
    (error) => error,
  );
}

/** Uses up what `who` has, at once. */
async function spendAll(name: LimitName, who: string): Promise<(DomainError | null)[]> {
  const { points } = limits[name];
  return Promise.all(Array.from({ length: points }, () => refusalOf(name, who)));
}

describe('a limit', () => {
  it.each(names.filter((name) => limits[name].points <= 60))(
    '%s: exactly so many of a burst, each of its own',
    async (name) => {
      const who = randomUUID();
      const { points, duration } = limits[name];
      const burst = await Promise.all(
        Array.from({ length: points + 5 }, () => refusalOf(name, who)),
      );
      expect(burst.filter((refusal) => refusal === null)).toHaveLength(points);
      const refusal = burst.find((found) => found !== null);
      expect(refusal).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
      const seconds = Number(refusal?.details.retryAfterSeconds);
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThanOrEqual(duration);
      await expect(refusalOf(name, randomUUID())).resolves.toBeNull();
    },
  );

  it('makes who goes on and on wait twice as long each time, up to a quarter of an hour', async () => {
    const who = randomUUID();
    const waits: unknown[] = [];
    for (let time = 1; time <= 6; time += 1) {
      await spendAll('signInAccount', who);
      waits.push((await refusalOf('signInAccount', who))?.details.retryAfterSeconds);
      await waitIsOver('signInAccount');
    }
    expect(waits).toEqual([60, 120, 240, 480, 900, 900]);
  });

  it('starts anew for who has signed in', async () => {
    const who = randomUUID();
    await spendAll('signInAccount', who);
    await refusalOf('signInAccount', who);
    await waitIsOver('signInAccount');
    await forgetOversteps('signInAccount', who);
    await spendAll('signInAccount', who);
    const refusal = await refusalOf('signInAccount', who);
    expect(refusal?.details.retryAfterSeconds).toBe(60);
  });

  it('keeps nobody’s address', async () => {
    const who = `${randomUUID()}@example.test`;
    await countTry('signInAccount', who);
    const rows = await db().rateLimiterFlexible.findMany();
    expect(JSON.stringify(rows)).not.toContain(who);
  });

  it('without growth waits as long as it counts', () => {
    expect(waitAfter(limits.startTraining, 9)).toBe(limits.startTraining.duration);
  });
});

/** As if the time had passed: the counters of `name` have run out. */
async function waitIsOver(name: LimitName): Promise<void> {
  await db().rateLimiterFlexible.updateMany({
    where: { key: { startsWith: `${name}:`, not: { contains: 'oversteps' } } },
    data: { expire: new Date(0) },
  });
}
