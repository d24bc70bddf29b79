import { randomUUID } from 'node:crypto';
import type { CharacterImage } from '../../prisma/client/client.ts';
import { type Context, creatorContext, systemContext } from '../context.ts';
import { auditLedger } from '../credits/audit-ledger.ts';
import { getBalance } from '../credits/balance.ts';
import { db } from '../db.ts';
import type { HostJob } from '../gpu/protocol.ts';
import { baseModels } from '../lora/rules/base-models.ts';
import type { StartTraining } from '../lora/rules/schemas.ts';
import { startTraining } from '../lora/start-training.ts';
import { loraFileKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { makeCharacter, makeUser } from './factories.ts';
import type { ScriptedGpu } from './scripted-gpu.ts';
import { sha256Of, tinyAdapter } from './tiny-adapter.ts';

/** Noon on a fixed day: what "now" is in these tests. */
export const noon = new Date('2026-03-12T12:00:00Z');

/** `seconds` after noon. */
export function later(seconds: number): Date {
  return new Date(noon.getTime() + seconds * 1_000);
}

export function worker(seconds = 0): Context {
  return systemContext('worker', later(seconds));
}

/** A creator with credits and a character that is ready to be trained. */
export async function makeStage(
  options: { credits?: number; images?: number; name?: string; withObjects?: boolean } = {},
) {
  const user = await makeUser({ credits: options.credits ?? 100_000 });
  const character = await makeCharacter(user, {
    name: options.name ?? 'Mara',
    readyImages: options.images ?? 7,
    profileSetComplete: true,
    withObjects: options.withObjects,
  });
  const images: CharacterImage[] = await db().characterImage.findMany({
    where: { characterId: character.id },
    orderBy: { number: 'asc' },
  });
  const input: StartTraining = {
    characterId: character.id,
    baseModel: 'z-image-turbo',
    imageIds: images.map(({ id }) => id),
    expectedCredits: 15_000 + images.length * 1_000,
    requestId: randomUUID(),
    consent: 'synthetic',
  };
  return {
    user,
    character,
    images,
    input,
    ctx: (seconds = 0) => creatorContext(user.id, later(seconds)),
    balance: () => getBalance(user.id),
    /** Starts with `input` changed by `change`. */
    start: (change: Partial<StartTraining> = {}, seconds = 0) =>
      startTraining(creatorContext(user.id, later(seconds)), { ...input, ...change }),
  };
}

/** The attempt a training is on. */
export async function attemptOf(loraModelId: string) {
  return db().trainingAttempt.findFirstOrThrow({
    where: { loraModelId },
    orderBy: { number: 'desc' },
  });
}

export async function trainingOf(loraModelId: string) {
  return db().loraModel.findUniqueOrThrow({ where: { id: loraModelId } });
}

/** What the books find wrong; empty when they are right. */
export function findings() {
  return auditLedger();
}

/** Puts a sound adapter where the worker would, and lets the host report success with it. */
export async function finishJob(gpu: ScriptedGpu, job: HostJob): Promise<HostJob['files'][number]> {
  const input = gpu.inputs.find(({ name }) => name === job.name);
  if (!input) throw new Error(`no input of ${job.name}`);
  const { keyPrefix } = baseModels[input.baseModel];
  const file = await putFile(input.attemptId, tinyAdapter(keyPrefix, input.recipe.rank, job.name));
  gpu.set(job.name, { state: 'succeeded', files: [file] });
  return file;
}

/** Stores `bytes` as an attempt's main file, the way a worker reports it. */
export async function putFile(attemptId: string, bytes: Buffer) {
  const sha256 = sha256Of(bytes);
  const key = loraFileKey(attemptId, 'main', sha256);
  await store().write(key, bytes, 'application/octet-stream');
  return { role: 'main' as const, key, bytes: bytes.length, sha256 };
}

/** Running at `step` of the job's steps. */
export function atStep(step: number, phase: HostJob['progress']['phase'] = 'training') {
  return {
    state: 'running' as const,
    progress: {
      phase,
      step,
      totalSteps: 1_500,
      loss: 0.2,
      secondsPerStep: 0.01,
      gpuSeconds: step / 100,
    },
  };
}

/** Whoever holds the attempt is silent for longer than its lease: another worker may take it. */
export async function leaseRunsOut(attemptId: string): Promise<void> {
  await db().trainingAttempt.updateMany({
    where: { id: attemptId, leaseUntil: { not: null } },
    data: { leaseUntil: new Date(0) },
  });
}
