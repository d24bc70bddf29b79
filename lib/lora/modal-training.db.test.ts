import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { auditLedger } from '../credits/audit-ledger.ts';
import { db } from '../db.ts';
import { env } from '../env.ts';
import { jobInputSchema } from '../gpu/protocol.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { type Container, type ModalStandIn, startModalStandIn } from '../testing/modal-stand-in.ts';
import { startStore } from '../testing/start-store.ts';
import { attemptOf, makeStage, trainingOf } from '../testing/training-stage.ts';
import { runVendorWorker } from '../testing/vendor-worker.ts';
import { startWorkerDoors } from '../testing/worker-doors.ts';
import { cancelTraining } from './cancel-training.ts';
import { getTrainingPanel } from './get-training-panel.ts';
import { sweepAttempts } from './sweep-attempts.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Undoes what `beforeAll` started, newest first. */
const started: (() => Promise<unknown>)[] = [];
let modal: ModalStandIn;
/** How long a training takes from now on, and whether its worker finds a way to us. */
const workers = { seconds: 1, areMute: false };

beforeAll(async () => {
  const doors = await startWorkerDoors();
  started.unshift(doors.close);
  modal = await startModalStandIn(train);
  started.unshift(modal.close);
  changeSettings({
    GPU_PROVIDER: 'modal',
    MODAL_SERVER_URL: modal.url,
    MODAL_TOKEN_ID: modal.token.id,
    MODAL_TOKEN_SECRET: modal.token.secret,
    MODAL_MICRO_USD_PER_SECOND: '694',
    AUTH_SECRET: 'a secret of at least thirty-two characters',
    CALLBACK_URL: doors.url,
  });
  const store = await startStore();
  started.unshift(store.stop);
  expect(env().GPU_PROVIDER).toBe('modal');
});
afterAll(async () => {
  expect(modal.faults).toEqual([]);
  for (const stop of started) await stop();
});

function train({ callId, input, killed }: Container) {
  return runVendorWorker({
    job: jobInputSchema.parse((input as { job: unknown }).job),
    externalJobId: callId,
    trainingSeconds: workers.seconds,
    signal: killed,
    loses: ({ type }) => workers.areMute && type !== 'accepted',
  });
}

/** A training that was started now, by the clock that workers have. */
async function startNow() {
  const stage = await makeStage({ withObjects: true });
  const seconds = (Date.now() - stage.ctx().now.getTime()) / 1_000;
  const { loraModelId } = await stage.start({}, seconds);
  return { stage, loraModelId };
}

async function sweepUntil(isOver: () => Promise<unknown>): Promise<void> {
  await vi.waitFor(
    async () => {
      await lookNow();
      await sweepAttempts();
      expect(await isOver()).toBe(true);
    },
    { timeout: 40_000, interval: 200 },
  );
}

/** As if the next look was due: nothing rings where a call ends without its worker's word. */
const lookNow = () =>
  db().trainingAttempt.updateMany({
    where: { state: { not: 'ended' } },
    data: { nextCheckAt: new Date() },
  });

const isInState = (loraModelId: string, status: string) => async () =>
  (await trainingOf(loraModelId)).status === status;
const isReleased = (loraModelId: string) => async () =>
  (await attemptOf(loraModelId)).releasedAt !== null;
const callsOf = (attemptId: string) =>
  [...modal.calls.values()].filter(
    ({ input }) => (input as { job: { attemptId: string } }).job.attemptId === attemptId,
  );

it('a training is one call, which is over when the file is in our store', async () => {
  const { loraModelId } = await startNow();
  await sweepUntil(isInState(loraModelId, 'ready'));
  await sweepUntil(isReleased(loraModelId));
  const attempt = await attemptOf(loraModelId);
  expect(attempt).toMatchObject({
    provider: 'modal',
    endpoint: 'modal:///likeness/train',
    microUsdPerSecond: 694,
  });
  const calls = callsOf(attempt.id);
  expect(calls.map(({ id }) => id)).toEqual([attempt.externalJobId]);
  expect(attempt.gpuSeconds).toBeGreaterThan(0.5);
  expect(await trainingOf(loraModelId)).toMatchObject({
    externalProvider: 'modal',
    externalJobId: attempt.externalJobId,
    step: 1_500,
  });
  expect(await db().trainingSample.count({ where: { attemptId: attempt.id } })).toBeGreaterThan(0);
  expect(modal.running()).toEqual([]);
  expect(await auditLedger()).toEqual([]);
});

it('of two calls of one attempt, after a spawn whose answer was lost, one trains', async () => {
  modal.trouble('functionMap', 'lost');
  // The first has to have claimed nothing yet when the second is made.
  modal.behaviour.isFull = true;
  const { loraModelId } = await startNow();
  await sweepUntil(async () => {
    return callsOf((await attemptOf(loraModelId)).id).length === 2;
  });
  const attempt = await attemptOf(loraModelId);
  const [first, second] = callsOf(attempt.id);
  modal.behaviour.isFull = false;
  modal.start(first?.id ?? '');
  await sweepUntil(async () => (await attemptOf(loraModelId)).claimedJobId === first?.id);
  modal.start(second?.id ?? '');
  await sweepUntil(isInState(loraModelId, 'ready'));
  expect((await attemptOf(loraModelId)).externalJobId).toBe(first?.id);
  expect(second?.outcome?.value).toMatchObject({ type: 'cancelled' });
});

it('a preempted call goes on with its attempt', async () => {
  workers.seconds = 3;
  const { loraModelId } = await startNow();
  await sweepUntil(async () => (await trainingOf(loraModelId)).step > 0);
  const attempt = await attemptOf(loraModelId);
  workers.seconds = 1;
  modal.restart(attempt.externalJobId ?? '');
  await sweepUntil(isInState(loraModelId, 'ready'));
  expect(await attemptOf(loraModelId)).toMatchObject({
    number: 1,
    externalJobId: attempt.externalJobId,
  });
});

it('a call that breaks costs another, and the creator nothing', async () => {
  modal.behaviour.isFull = true;
  const { loraModelId } = await startNow();
  await sweepUntil(async () => (await attemptOf(loraModelId)).externalJobId !== null);
  const first = await attemptOf(loraModelId);
  modal.behaviour.isFull = false;
  modal.end(first.externalJobId ?? '', 'failure');
  await sweepUntil(isInState(loraModelId, 'ready'));
  const second = await attemptOf(loraModelId);
  expect(second).toMatchObject({ number: 2 });
  expect(second.externalJobId).not.toBe(first.externalJobId);
});

it('a cancelled training ends its call, and gives the credits back', async () => {
  workers.seconds = 20;
  const { stage, loraModelId } = await startNow();
  await sweepUntil(async () => (await attemptOf(loraModelId)).claimedJobId !== null);
  await cancelTraining(stage.ctx(), { loraModelId });
  await sweepUntil(isInState(loraModelId, 'cancelled'));
  await sweepUntil(isReleased(loraModelId));
  expect(modal.running()).toEqual([]);
  expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
  workers.seconds = 1;
});

it('a training whose worker is never heard after its claim is ready by the result of its call', async () => {
  workers.areMute = true;
  const { loraModelId } = await startNow();
  await sweepUntil(async () => (await attemptOf(loraModelId)).claimedJobId !== null);
  const [call] = callsOf((await attemptOf(loraModelId)).id);
  await vi.waitFor(() => expect(call?.outcome).not.toBeNull(), { timeout: 20_000 });
  await sweepUntil(isInState(loraModelId, 'ready'));
  workers.areMute = false;
});

it('a call over its time fails the training; what Modal said is shown to no creator', async () => {
  modal.behaviour.isFull = true;
  const { stage, loraModelId } = await startNow();
  await sweepUntil(async () => (await attemptOf(loraModelId)).externalJobId !== null);
  modal.end((await attemptOf(loraModelId)).externalJobId ?? '', 'timeout');
  await sweepUntil(isInState(loraModelId, 'failed'));
  expect(await trainingOf(loraModelId)).toMatchObject({ failureReason: 'DEADLINE_PASSED' });
  const shown = JSON.stringify(await getTrainingPanel(stage.user.id, stage.character.id));
  expect(shown).toContain('DEADLINE_PASSED');
  expect(shown).not.toContain('of a test');
  expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
  modal.behaviour.isFull = false;
});
