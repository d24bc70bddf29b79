import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deleteAccount } from '../accounts/delete-account.ts';
import { deleteCharacter } from '../characters/delete-character.ts';
import { auditLedger } from '../credits/audit-ledger.ts';
import { balanceOf } from '../credits/balance.ts';
import { buyCredits } from '../credits/buy-credits.ts';
import { db } from '../db.ts';
import { sweepDeletions } from '../deletions/sweep-deletions.ts';
import { DomainError } from '../errors.ts';
import { attemptPrefix } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { brokenPromises } from '../testing/broken-promises.ts';
import { makeUser } from '../testing/factories.ts';
import { withOutside } from '../testing/outside.ts';
import type { Answer } from '../testing/scripted-gpu.ts';
import { atStep, finishJob, later, makeStage, putFile, worker } from '../testing/training-stage.ts';
import { signedCallback } from '../testing/worker-event.ts';
import { cancelTraining } from './cancel-training.ts';
import { findFreeRetry } from './free-retry.ts';
import keptHistories from './histories.json' with { type: 'json' };
import { observeAttempt } from './observe-attempt.ts';
import { reapOrphans } from './reap-orphans.ts';
import { receiveCallback } from './receive-callback.ts';
import { hasEnded, openStatuses } from './rules/lifecycle.ts';
import { sweepAttempts } from './sweep-attempts.ts';

// Random histories of one creator: what they do, what the workers and the provider do, and what
// breaks. After each step the model says what the creator must have; at the end, when everything is
// well again and nothing is left to do, every promise is held against database, store and provider.
//
// A history is data. One that failed is printed with its seed and path; put it into `histories.json`
// and it is replayed before all others, for good.

const outside = withOutside();

const call = fc.constantFrom('list', 'submit', 'observe', 'cancel', 'release');
const stepArbitrary = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('buy') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('start'),
      times: fc.integer({ min: 1, max: 3 }),
      sameRequest: fc.boolean(),
      // What the creator saw: today's price, or one that is not true any more.
      price: fc.constantFrom('shown', 'shown', 'shown', 'full', 'free'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cancel'),
      times: fc.integer({ min: 1, max: 2 }),
      by: fc.constantFrom('owner', 'owner', 'stranger'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('callback'),
      what: fc.constantFrom('progress', 'succeeded', 'failed', 'garbage', 'forged', 'stale'),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('gpu'),
      what: fc.constantFrom(
        'runs',
        'finishes',
        'finishes',
        'spoils',
        'out-of-memory',
        'bad-image',
        'preempted',
        'stops',
        'forgets',
      ),
    }),
  },
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('tick'),
      seconds: fc.constantFrom(1, 5, 5, 31, 31, 90, 400),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('kill'),
      at: call,
      when: fc.constantFrom('before', 'after'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wake') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('lose'),
      at: call,
      how: fc.constantFrom('drop-before', 'drop-after', 'error', 'html', 'later', 'busy'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('outage'),
      of: fc.constantFrom('gpu', 'gpu', 'store'),
      how: fc.constantFrom('error', 'drop-before', 'html', 'forbidden'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('recover') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('delete'),
      what: fc.constantFrom('character', 'account'),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
);
/** Most of what can go wrong needs a training that has begun. */
const beginning: Step[] = [
  { do: 'start', times: 2, sameRequest: true, price: 'shown' },
  { do: 'tick', seconds: 1 },
];
const historyArbitrary = fc
  .array(stepArbitrary, { minLength: 2, maxLength: 18 })
  .map((steps) => [...beginning, ...steps]);
type Step = Extract<typeof stepArbitrary extends fc.Arbitrary<infer S> ? S : never, { do: string }>;

const fullPrice = 20_000;
const package10k = 'v1-10000';

/** One creator's world: what really happens, beside the few figures the model needs. */
class World {
  /** Seconds since noon. */
  at = 0;
  grantedCredits: number;
  /** How each ended training ended; an end never changes. */
  ends = new Map<string, string>();
  /** Jobs whose result the provider has lost or spoilt: nobody can keep what is not there. */
  lost = new Set<string>();
  /** What was deleted, in that order; with either the character is gone for its creator. */
  deleted: ('character' | 'account')[] = [];
  /** Steps of workers that hang in a call. */
  frozen: Promise<unknown>[] = [];
  readonly stage: Awaited<ReturnType<typeof makeStage>>;
  /** Of the creator's credits; it outlives them. */
  readonly accountId: string;
  readonly stranger: { id: string };

  constructor(
    stage: Awaited<ReturnType<typeof makeStage>>,
    accountId: string,
    stranger: { id: string },
    credits: number,
  ) {
    this.stage = stage;
    this.accountId = accountId;
    this.stranger = stranger;
    this.grantedCredits = credits;
  }

  /** Whether the creator has the character no more. */
  get isGone(): boolean {
    return this.deleted.length > 0;
  }

  private get noAccount(): boolean {
    return this.deleted.includes('account');
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'buy': {
        const request = { packageId: package10k, requestId: randomUUID() };
        const clicks = await Promise.all(
          [1, 2].map(() =>
            buyCredits(this.stage.ctx(this.at), request).then(({ status }) => status, codeOf),
          ),
        );
        expect([...new Set(clicks)]).toEqual([this.noAccount ? 'NOT_FOUND' : 'paid']);
        if (!this.noAccount) this.grantedCredits += 10_000;
        return;
      }
      case 'start':
        return this.start(step);
      case 'cancel':
        return this.cancel(step);
      case 'callback':
        return this.callback(step);
      case 'gpu':
        return this.gpu(step.what);
      case 'tick':
        this.at += step.seconds;
        return this.work();
      case 'kill':
        outside.gpu.plan[step.at].push(step.when === 'before' ? 'hold-before' : 'hold-after');
        return;
      case 'wake':
        return this.wake();
      case 'lose':
        outside.gpu.plan[step.at].push(step.how as Answer);
        return;
      case 'outage':
        if (step.of === 'gpu') outside.gpu.always = step.how as Answer;
        else outside.store.mood = step.how === 'forbidden' ? 'forbidden' : 'away';
        return;
      case 'delete':
        return step.what === 'account' ? this.deleteAccount(step.times) : this.delete(step.times);
      case 'recover':
        outside.gpu.always = null;
        outside.store.mood = null;
    }
  }

  /** The model: credits are what was granted less what ready trainings cost, and ends stay. */
  async check(): Promise<void> {
    const trainings = await db().loraModel.findMany({
      where: { characterId: this.stage.character.id },
      select: { id: true, status: true, costCredits: true },
    });
    const cost = (statuses: readonly string[]) =>
      trainings
        .filter(({ status }) => statuses.includes(status))
        .reduce((total, { costCredits }) => total + costCredits, 0);
    expect(await this.balance()).toMatchObject({
      totalCredits: this.grantedCredits - cost(['ready']),
      reservedCredits: cost(openStatuses),
    });
    expect(trainings.filter(({ status }) => !hasEnded(status)).length).toBeLessThanOrEqual(1);
    for (const { id, status } of trainings) {
      const end = this.ends.get(id);
      if (end) expect(status).toBe(end);
      if (hasEnded(status)) this.ends.set(id, status);
    }
    expect([...this.ends.keys()].every((id) => trainings.some((t) => t.id === id))).toBe(true);
  }

  private async start(step: Extract<Step, { do: 'start' }>): Promise<void> {
    const { stage } = this;
    const open = await this.openTraining();
    const retry = await findFreeRetry(db(), {
      characterId: stage.character.id,
      baseModel: stage.input.baseModel,
      imageCount: 5,
      now: later(this.at),
    });
    const price = retry ? 0 : fullPrice;
    const expectedCredits = { shown: price, full: fullPrice, free: 0 }[step.price as 'shown'];
    const { availableCredits } = await this.balance();
    const refusal = this.isGone
      ? 'NOT_FOUND'
      : open
        ? 'TRAINING_OPEN'
        : expectedCredits !== price
          ? 'PRICE_CHANGED'
          : availableCredits < price
            ? 'NOT_ENOUGH_CREDITS'
            : null;
    const same = randomUUID();
    const clicks = await Promise.allSettled(
      Array.from({ length: step.times }, () =>
        stage.start(
          { expectedCredits, requestId: step.sameRequest ? same : randomUUID() },
          this.at,
        ),
      ),
    );
    const made = clicks.flatMap((click) =>
      click.status === 'fulfilled' ? [click.value.loraModelId] : [],
    );
    const codes = clicks.flatMap((click) =>
      click.status === 'rejected' ? [codeOf(click.reason)] : [],
    );
    if (refusal) expect([...new Set(codes), ...made]).toEqual([refusal]);
    else {
      expect(new Set(made).size).toBe(1);
      expect(made).toHaveLength(step.sameRequest ? step.times : 1);
      expect(codes.every((code) => code === 'TRAINING_OPEN')).toBe(true);
    }
  }

  private async cancel({ by, times }: Extract<Step, { do: 'cancel' }>): Promise<void> {
    const training = await db().loraModel.findFirst({
      where: { characterId: this.stage.character.id },
      orderBy: { createdAt: 'desc' },
      select: { id: true, status: true },
    });
    if (!training) return;
    const ctx = this.stage.ctx(this.at);
    const asked = {
      ...ctx,
      actor: { ...ctx.actor, ...(by === 'stranger' && { userId: this.stranger.id }) },
    };
    const codes = await Promise.all(
      Array.from({ length: times }, () =>
        cancelTraining(asked, { loraModelId: training.id }).then(() => 'asked', codeOf),
      ),
    );
    const expected =
      by === 'stranger' || this.isGone
        ? 'NOT_FOUND'
        : hasEnded(training.status)
          ? 'TRAINING_ENDED'
          : 'asked';
    expect([...new Set(codes)]).toEqual([expected]);
  }

  private async delete(times: number): Promise<void> {
    const characterId = this.stage.character.id;
    const asked = await Promise.all(
      Array.from({ length: times }, () =>
        deleteCharacter(this.stage.ctx(this.at), { characterId }).then(
          ({ deletionId }) => deletionId,
          codeOf,
        ),
      ),
    );
    expect(new Set(asked).size).toBe(1);
    // What went with the account is nobody's to delete; what went before is the same deletion again.
    expect(asked[0] === 'NOT_FOUND').toBe(this.deleted[0] === 'account');
    this.deleted.push('character');
  }

  private async deleteAccount(times: number): Promise<void> {
    const asked = await Promise.all(
      Array.from({ length: times }, () =>
        deleteAccount(this.stage.ctx(this.at)).then(() => 'deleted', codeOf),
      ),
    );
    const deletions = asked.filter((answer) => answer === 'deleted').length;
    expect(deletions).toBe(this.noAccount ? 0 : 1);
    expect(asked.length - deletions).toBe(asked.filter((answer) => answer === 'NOT_FOUND').length);
    this.deleted.push('account');
  }

  /** Of what was deleted nothing is left but the lines of the ledger. */
  async vanish(): Promise<void> {
    const characterId = this.stage.character.id;
    const attempts = await db().trainingAttempt.findMany({
      where: { loraModel: { characterId } },
      select: { id: true },
    });
    for (const minutes of [1, 30, 60]) await sweepDeletions(worker(this.at + minutes * 60));
    expect(await db().character.count({ where: { id: characterId } })).toBe(0);
    expect(await db().loraModel.count({ where: { characterId } })).toBe(0);
    const creators = await db().user.count({ where: { id: this.stage.user.id } });
    expect(creators).toBe(this.noAccount ? 0 : 1);
    for (const { id } of attempts) {
      for await (const { key } of store().list(attemptPrefix(id)))
        throw new Error(`${key} is left`);
    }
    expect(await auditLedger()).toEqual([]);
  }

  private async callback({ what, times }: Extract<Step, { do: 'callback' }>): Promise<void> {
    const attempt = await this.lastAttempt();
    if (!attempt) return;
    const ids = { loraModelId: attempt.loraModelId, attemptId: attempt.id };
    const file = { role: 'main', key: 'attempts/x', bytes: 1, sha256: 'a'.repeat(64) };
    const error = { code: 'OOM', retryable: false, message: 'x' };
    const delivery = signedCallback(ids, {
      ...(what === 'forged' && { secretOf: randomUUID() }),
      ...(what === 'stale' && { at: new Date(Date.now() - 3_600_000) }),
      ...(what === 'garbage' && { body: '<html>' }),
      ...(what === 'succeeded' && { event: { type: what, files: [file], gpuSeconds: 1 } }),
      ...(what === 'failed' && { event: { type: what, error, gpuSeconds: 1 } }),
    });
    const outcomes = await Promise.all(
      Array.from({ length: times }, () => receiveCallback(worker(this.at), delivery)),
    );
    const refused = what === 'forged' || what === 'stale';
    expect(outcomes.every(({ kind }) => kind === (refused ? 'refused' : 'accepted'))).toBe(true);
    // The bell, answered twice at once.
    const look = () => observeAttempt(worker(this.at), { attemptId: attempt.id });
    if (!refused) await this.hangOr(Promise.all([look(), look()]));
  }

  private async gpu(what: string): Promise<void> {
    const job = [...outside.gpu.jobs.values()].find(({ state }) => /queued|running/.test(state));
    if (!job) return;
    const { name } = job;
    const known = await db().trainingAttempt.count({ where: { jobName: name, releasedAt: null } });
    // Nobody waits for what it makes any more.
    if (known === 0) this.lost.add(name);
    const failed = (code: 'OOM' | 'BAD_IMAGE' | 'PREEMPTED', retryable: boolean) =>
      outside.gpu.set(name, { state: 'failed', error: { code, retryable, message: 'x' } });
    switch (what) {
      case 'runs':
        return outside.gpu.set(name, atStep(job.progress.step + 300));
      case 'finishes':
        await finishUnhindered(job);
        return;
      case 'spoils': {
        const attemptId = outside.gpu.inputs.find((input) => input.name === name)?.attemptId ?? '';
        const file = await unhindered(() => putFile(attemptId, Buffer.from('<html>')));
        outside.gpu.set(name, { state: 'succeeded', files: [file] });
        this.lost.add(name);
        return;
      }
      case 'out-of-memory':
        return failed('OOM', false);
      case 'bad-image':
        return failed('BAD_IMAGE', false);
      case 'preempted':
        return failed('PREEMPTED', true);
      case 'stops':
        return outside.gpu.set(name, { state: 'cancelled' });
      default:
        this.lost.add(name);
        outside.gpu.jobs.delete(name);
    }
  }

  /** What is due now, one step after the other. A worker that hangs is left behind. */
  private async work(): Promise<void> {
    for (let steps = 0; steps < 12; steps += 1) {
      const looked = await this.hangOr(sweepAttempts(() => later(this.at), 1));
      if (looked === 0) return;
    }
  }

  /** What `step` came to, or null when it hangs in a call. */
  private async hangOr<T>(step: Promise<T>): Promise<T | null> {
    const hangs = outside.gpu.nextHeld().then(() => null);
    const ended = await Promise.race([step.then((value) => ({ value })), hangs]);
    if (ended) return ended.value;
    step.catch(() => undefined);
    this.frozen.push(step);
    return null;
  }

  /** The frozen wake up, the longest frozen first; their leases may have ended long ago. */
  private async wake(how: 'answer' | 'cut' = 'answer'): Promise<void> {
    for (const held of [...outside.gpu.held]) held.letGo(how);
    await Promise.allSettled(this.frozen.splice(0));
  }

  /** Everything is well again; time passes until nothing is left to do. */
  async settle(): Promise<void> {
    for (const plan of Object.values(outside.gpu.plan)) plan.length = 0;
    await this.take({ do: 'recover' });
    await this.wake('cut');
    for (let round = 0; round < 60; round += 1) {
      const left = await db().trainingAttempt.count({
        where: { loraModel: { characterId: this.stage.character.id }, releasedAt: null },
      });
      if (left === 0) break;
      await this.gpu('finishes');
      this.at += 10;
      await this.work();
      await this.check();
    }
    // What a worker has left at the provider that woke up after everything was over.
    for (let pass = 0; pass < 3 && outside.gpu.jobs.size > 0; pass += 1) {
      this.at += 120;
      await reapOrphans(worker(this.at));
    }
  }

  private async balance() {
    return balanceOf(await db().creditAccount.findUnique({ where: { id: this.accountId } }));
  }

  private openTraining() {
    return db().loraModel.findFirst({
      where: { characterId: this.stage.character.id, status: { in: [...openStatuses] } },
    });
  }

  private lastAttempt() {
    return db().trainingAttempt.findFirst({
      where: { loraModel: { characterId: this.stage.character.id } },
      orderBy: { createdAt: 'desc' },
    });
  }
}

function codeOf(error: unknown): string {
  if (error instanceof DomainError) return error.code;
  throw error;
}

/** A worker's upload does not fail because ours reads badly. */
async function unhindered<T>(work: () => Promise<T>): Promise<T> {
  const { mood } = outside.store;
  outside.store.mood = null;
  try {
    return await work();
  } finally {
    outside.store.mood = mood;
  }
}

function finishUnhindered(job: Parameters<typeof finishJob>[1]) {
  return unhindered(() => finishJob(outside.gpu, job));
}

it('no history breaks a promise', async () => {
  const stranger = await makeUser();
  await fc.assert(
    fc.asyncProperty(historyArbitrary, async (steps) => {
      await outside.reset();
      const credits = 50_000;
      const stage = await makeStage({ images: 5, credits });
      const userId = stage.user.id;
      const { id: accountId } = await db().creditAccount.findUniqueOrThrow({ where: { userId } });
      const world = new World(stage, accountId, stranger, credits);
      for (const step of steps) {
        await world.take(step);
        await world.check();
      }
      await world.settle();
      const { lost, isGone: deleted } = world;
      const whose = { userId, accountId, characterId: stage.character.id };
      expect(await brokenPromises(whose, { gpu: outside.gpu, lost, deleted })).toEqual([]);
      if (deleted) await world.vanish();
    }),
    {
      numRuns: 300,
      examples: (keptHistories as Step[][]).map((history): [Step[]] => [history]),
      // On a machine that does much else, fewer histories rather than a longer run.
      interruptAfterTimeLimit: 75_000,
      verbose: fc.VerbosityLevel.None,
    },
  );
}, 180_000);
