import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type ScriptedGpu, startScriptedGpu } from '../testing/scripted-gpu.ts';
import {
  atStep,
  attemptOf,
  findings,
  makeStage,
  trainingOf,
  worker,
} from '../testing/training-stage.ts';
import { cancelTraining } from './cancel-training.ts';
import { observeAttempt } from './observe-attempt.ts';
import { submitAttempt } from './submit-attempt.ts';

let gpu: ScriptedGpu;
beforeAll(async () => {
  gpu = await startScriptedGpu();
});
afterAll(() => gpu.close());
beforeEach(() => gpu.reset());

it('never stands in the way of a look at the same attempt, nor it in ours', async () => {
  const stage = await makeStage();
  for (let round = 0; round < 25; round += 1) {
    const { loraModelId } = await stage.start({ requestId: crypto.randomUUID() });
    const { id: attemptId } = await attemptOf(loraModelId);
    await submitAttempt(worker(1), { attemptId });
    const job = gpu.onlyJob();
    gpu.set(job.name, atStep(10));
    await Promise.all([
      observeAttempt(worker(2), { attemptId }),
      cancelTraining(stage.ctx(2), { loraModelId }),
    ]);
    await observeAttempt(worker(3), { attemptId });
    expect(await trainingOf(loraModelId)).toMatchObject({ status: 'cancelled' });
    gpu.reset();
  }
  expect(await stage.balance()).toMatchObject({ availableCredits: 100_000, reservedCredits: 0 });
  expect(await findings()).toEqual([]);
});
