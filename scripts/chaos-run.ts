import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createApiToken } from '../lib/accounts/create-api-token.ts';
import { creatorContext } from '../lib/context.ts';
import { db } from '../lib/db.ts';
import { DomainError } from '../lib/errors.ts';
import { cancelTraining } from '../lib/lora/cancel-training.ts';
import type { StartTraining } from '../lib/lora/rules/schemas.ts';
import { startTraining } from '../lib/lora/start-training.ts';
import { imageDisplayKey } from '../lib/storage/keys.ts';
import { store } from '../lib/storage/store.ts';
import { makeCharacter, makePhoto, makeUser } from '../lib/testing/factories.ts';
import { calm, chance, storm } from '../lib/testing/fault-plan.ts';
import { sha256Of } from '../lib/testing/tiny-adapter.ts';
import type { ChaosMonkey } from './chaos-monkey.ts';
import { leftAtHost } from './chaos-promises.ts';
import type { ChaosWorld } from './chaos-world.ts';

export interface ChaosPlan {
  seed: number;
  /** At least so many; more while the monkey has not done all it wants. */
  trainings: number;
  creators: number;
  charactersEach: number;
}

/** What creators did and were told, and what was left when they were done. */
export interface Asked {
  started: number;
  cancelled: number;
  freeRetries: number;
  refusedForCredits: number;
  byHttp: number;
  /** Jobs that no attempt knew any more when all was quiet. */
  leftToReaper: number;
}

interface Influencer {
  userId: string;
  token: string;
  characterId: string;
  imageIds: string[];
}

const images = 5;
const priceCredits = 15_000 + images * 1_000;
/** Enough for any number of trainings; some creators have only enough for two. */
const plenty = 100_000_000;

/**
 * Creators start trainings, three times at once each, cancel some and take their free retries, while
 * the outside fails at random and the monkey kills; then everything calms down and is left to end.
 * Resolves when nothing is open and, if that takes no longer than is promised, nothing is left at the
 * GPU host; throws when something still is open after `quietLimitMs`.
 */
export async function runChaos(
  world: ChaosWorld,
  monkey: ChaosMonkey,
  plan: ChaosPlan,
  report: (line: string) => void,
  quietLimitMs = 240_000,
): Promise<Asked> {
  const asked: Asked = {
    started: 0,
    cancelled: 0,
    freeRetries: 0,
    refusedForCredits: 0,
    byHttp: 0,
    leftToReaper: 0,
  };
  const influencers = await makeInfluencers(plan);
  report(`${influencers.length} influencers are there`);
  const ends = new Ends();
  await world.gpu.control({ seed: plan.seed, rates: storm });
  await world.store.control({ seed: plan.seed, rates: storm.store });

  let raging = true;
  const rage = monkey.rage(world).finally(() => {
    raging = false;
  });
  // Told of when the creators are done.
  rage.catch(() => {});
  let tickets = 0;
  const more = () => tickets < plan.trainings || (raging && tickets < plan.trainings * 4);
  const lane = async (influencer: Influencer): Promise<void> => {
    while (more()) {
      tickets += 1;
      const turn = tickets;
      const id = await start(world, plan, influencer, turn, asked);
      if (id === null) return;
      if (chance(plan.seed, 'cancel', turn) < 0.08) {
        await wait(2_000 * chance(plan.seed, 'cancel after', turn));
        asked.cancelled += 1;
        await untilAnswered(() => cancel(influencer, id));
      }
      await ends.of(id);
    }
  };
  const watching = ends.watch();
  const telling = setInterval(
    () => report(`${tickets} started, ${monkey.deedsLeft} deeds left`),
    10_000,
  );
  try {
    await Promise.all(influencers.map(lane));
    monkey.relent();
    await rage;
    report('calm');
    await world.gpu.control({ rates: calm });
    await world.store.control({ rates: calm.store });
    await untilQuiet(quietLimitMs);
    asked.leftToReaper = await untilReaped(world);
  } finally {
    clearInterval(telling);
    monkey.relent();
    ends.stop();
    await watching;
  }
  return asked;
}

async function makeInfluencers(plan: ChaosPlan): Promise<Influencer[]> {
  const pictures = await Promise.all(
    Array.from({ length: images }, (_, index) =>
      makePhoto(index, { width: 64, height: 80, format: 'webp' }),
    ),
  );
  const made: Influencer[] = [];
  const waiting = Array.from({ length: plan.creators }, (_, creator) => creator);
  const makeThem = async () => {
    for (let creator = waiting.shift(); creator !== undefined; creator = waiting.shift()) {
      const poor = creator % 10 === 9;
      const user = await makeUser({ credits: poor ? 2 * priceCredits : plenty });
      const { token } = await createApiToken(creatorContext(user.id), { name: 'chaos' });
      for (let count = 0; count < plan.charactersEach; count += 1) {
        const { id: characterId, images } = await makeCharacter(user, {
          readyImages: pictures.length,
          profileSetComplete: true,
        });
        await Promise.all(
          images.map(async ({ id }, index) => {
            const picture = pictures[index] ?? Buffer.alloc(0);
            await db().characterImage.update({
              where: { id },
              data: { sha256: sha256Of(picture) },
            });
            await store().write(imageDisplayKey(characterId, id), picture, 'image/webp');
          }),
        );
        made.push({ userId: user.id, token, characterId, imageIds: images.map(({ id }) => id) });
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, makeThem));
  return made;
}

/**
 * Starts one training, three times at once with one request id, again while nobody answers. Null when
 * the creator's credits are used up.
 */
async function start(
  world: ChaosWorld,
  plan: ChaosPlan,
  influencer: Influencer,
  turn: number,
  asked: Asked,
): Promise<string | null> {
  const byHttp = turn < plan.trainings * 0.7 && chance(plan.seed, 'http', turn) < 0.15;
  const attempt = byHttp ? startByHttp : startByVerb;
  let expectedCredits = priceCredits;
  for (;;) {
    const input = { ...influencer, expectedCredits, requestId: randomUUID() };
    const three = await Promise.all(
      [0, 1, 2].map((index) =>
        untilAnswered(() => attempt(input, world.webUrls[(turn + index) % world.webUrls.length])),
      ),
    );
    const ids = new Set(three.map((one) => ('id' in one ? one.id : one.refusal)));
    if (ids.size !== 1) throw new Error(`three starts, ${ids.size} answers: ${[...ids]}`);
    const [answer] = three;
    if (answer && 'id' in answer) {
      asked.started += 1;
      if (byHttp) asked.byHttp += 1;
      if (expectedCredits === 0) asked.freeRetries += 1;
      return answer.id;
    }
    if (answer?.refusal === 'NOT_ENOUGH_CREDITS') {
      asked.refusedForCredits += 1;
      return null;
    }
    if (answer?.refusal !== 'PRICE_CHANGED') throw new Error(`a start: ${answer?.refusal}`);
    expectedCredits = expectedCredits === 0 ? priceCredits : 0;
  }
}

type Answer = { id: string } | { refusal: string };
interface Start extends Influencer {
  expectedCredits: number;
  requestId: string;
}

async function startByVerb(input: Start): Promise<Answer> {
  const { userId, token: _, ...rest } = input;
  const body: StartTraining = { ...rest, baseModel: 'z-image-turbo', consent: 'synthetic' };
  try {
    return { id: (await startTraining(creatorContext(userId), body)).loraModelId };
  } catch (error) {
    if (error instanceof DomainError) return { refusal: error.code };
    throw error;
  }
}

async function startByHttp(input: Start, webUrl = ''): Promise<Answer> {
  const response = await fetch(`${webUrl}/api/influencer/${input.characterId}/lora/train`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${input.token}`,
      'idempotency-key': input.requestId,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      imageIds: input.imageIds,
      expectedCredits: input.expectedCredits,
      consent: 'synthetic',
    }),
    signal: AbortSignal.timeout(20_000),
  });
  const body = (await response.json()) as { loraModelId?: string; code?: string };
  if (response.status === 201 && body.loraModelId) return { id: body.loraModelId };
  const code = body.code ?? `status ${response.status}`;
  // The one beside it is being answered, or one that was cut off blocks it for a minute.
  if (response.status >= 500 || code === 'REQUEST_IN_PROGRESS') throw new Error(code);
  return { refusal: code };
}

async function cancel(influencer: Influencer, loraModelId: string): Promise<void> {
  await cancelTraining(creatorContext(influencer.userId), { loraModelId }).catch((error) => {
    if (!(error instanceof DomainError && error.code === 'TRAINING_ENDED')) throw error;
  });
}

/** A creator who gets no answer asks again. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await wait(300);
    }
  }
}

/** Tells lanes when their training has ended, with one query for all of them. */
class Ends {
  private readonly waiting = new Map<string, () => void>();
  private stopped = false;

  of(id: string): Promise<void> {
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  stop(): void {
    this.stopped = true;
  }

  async watch(): Promise<void> {
    while (!this.stopped) {
      const ended = await db()
        .loraModel.findMany({
          where: {
            id: { in: [...this.waiting.keys()] },
            status: { in: ['ready', 'failed', 'cancelled'] },
          },
          select: { id: true },
        })
        .catch(() => []);
      for (const { id } of ended) {
        this.waiting.get(id)?.();
        this.waiting.delete(id);
      }
      await wait(250);
    }
  }
}

/** Until every training has ended and nothing of any attempt is left to do. */
async function untilQuiet(limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const left = await db().trainingAttempt.findMany({
      where: { OR: [{ state: { not: 'ended' } }, { releasedAt: null }] },
      select: { id: true, state: true, tries: true, lastError: true, nextCheckAt: true },
    });
    const open = await db().loraModel.count({ where: { status: { in: ['pending', 'training'] } } });
    if (left.length === 0 && open === 0) return;
    if (Date.now() > deadline) {
      throw new Error(
        `stuck: ${open} trainings open, attempts ${JSON.stringify(left.slice(0, 10))}`,
      );
    }
    await wait(250);
  }
}

/**
 * A submit that reached the host after its attempt was cleaned up, from a worker that stood still,
 * leaves a job that no attempt knows: the workers find and remove it. How many there were. What they
 * wait for between two passes has been over for an hour here, so that it takes two minutes at most.
 */
async function untilReaped(world: ChaosWorld): Promise<number> {
  const deadline = Date.now() + 150_000;
  const left = async () => leftAtHost(await world.gpu.truth()).length;
  const found = await left();
  while (Date.now() < deadline && (await left()) > 0) {
    const longAgo = new Date(Date.now() - 3_600_000);
    await db().gpuProvider.updateMany({ data: { reapedAt: longAgo } });
    await db().orphanJob.updateMany({ data: { firstSeenAt: longAgo } });
    await wait(1_000);
  }
  return found;
}
