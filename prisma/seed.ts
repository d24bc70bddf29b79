import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { demoAccount as account } from '../lib/accounts/demo-account.ts';
import { hashPassword } from '../lib/accounts/passwords.ts';
import { createUser, sandboxWelcomeCredits } from '../lib/accounts/sign-up.ts';
import { completeProfileSet } from '../lib/characters/complete-profile-set.ts';
import { createCharacter } from '../lib/characters/create-character.ts';
import { finishUpload } from '../lib/characters/finish-upload.ts';
import { generateProfileSet } from '../lib/characters/generate-profile-set.ts';
import { likeImage } from '../lib/characters/like-image.ts';
import { listImages } from '../lib/characters/list-images.ts';
import { requestProfileSet } from '../lib/characters/request-profile-set.ts';
import { requestUpload } from '../lib/characters/request-upload.ts';
import { type CreatorContext, creatorContext, systemContext } from '../lib/context.ts';
import { grant, release } from '../lib/credits/ledger.ts';
import { sandboxGrantPrefix } from '../lib/credits/rules/sandbox-credits.ts';
import { db, inTransaction } from '../lib/db.ts';
import { env } from '../lib/env.ts';
import { demand } from '../lib/errors.ts';
import { chooseGenerator } from '../lib/generation/choose-generator.ts';
import { recipeSchema } from '../lib/gpu/protocol.ts';
import type { Progress } from '../lib/gpu/provider.ts';
import { applyObservation } from '../lib/lora/apply-observation.ts';
import { type Claim, claimAttempt, commitClaim } from '../lib/lora/claim-attempt.ts';
import { openStatuses } from '../lib/lora/rules/lifecycle.ts';
import { quoteTraining } from '../lib/lora/rules/pricing.ts';
import { savePreferences } from '../lib/lora/save-preferences.ts';
import { startTraining } from '../lib/lora/start-training.ts';
import { storeArtifacts } from '../lib/lora/store-artifact.ts';
import { getInbox, markNotification } from '../lib/notifications/inbox.ts';
import { hashOf, sandboxAdapterFile } from '../lib/sandbox/adapter-file.ts';
import { loraFileKey } from '../lib/storage/keys.ts';
import { store } from '../lib/storage/store.ts';

export const demoAccount = account;

/** What the demo account starts with, in all. */
const creditsAtStart = 100_000;

/** Some of the names that make the sandbox GPU misbehave (`lib/lora/rules/rehearsals.ts`). */
const rehearsals = [
  { name: 'Oom Otto', look: 'His GPU runs out of memory.' },
  { name: 'Twice Tess', look: 'Everything about her is reported twice.' },
  { name: 'Slow Sam', look: 'His training stops in the middle and goes silent.' },
  { name: 'Nocap Nora', look: 'No GPU is ever free for her.' },
];
const rehearsalImages = 5;

/**
 * The sample data: the demo account with credits, an influencer who is finished and trained, one who
 * is just begun, and the rehearsals. Everything goes through the verbs creators use, so the ledger,
 * the store and every constraint agree with it. Does nothing when it was done before; a run that was
 * cut short is started over. Refuses SANDBOX_ONLY: its password is known to everybody and its training
 * was made by no GPU.
 */
export async function seed(): Promise<void> {
  demand(env().GPU_PROVIDER === 'sandbox', 'SANDBOX_ONLY');
  const before = await db().user.findUnique({ where: { email: account.email } });
  // The password comes last: without it nobody has signed in, and nothing is lost.
  if (before?.passwordHash) return;
  if (before) await startOver(before.id);

  const passwordHash = hashPassword(account.password);
  const { userId } = await createUser({ email: account.email, name: 'Demo creator' });
  await topUp(userId);
  const asCreator = (minutesAgo: number) =>
    creatorContext(userId, new Date(Date.now() - minutesAgo * 60_000));

  // The list shows the newest first: the two influencers stand above the rehearsals.
  await Promise.all(rehearsals.map((who, index) => addRehearsal(asCreator(180 - index), who)));
  await addBeginner(asCreator(60));
  await addFinished(asCreator(30));
  await db().user.update({
    where: { id: userId },
    data: { passwordHash: await passwordHash },
  });
}

/** Removes what a seed that was cut short left; its one open training gives its credits back first. */
async function startOver(userId: string): Promise<void> {
  await inTransaction(async (tx) => {
    const open = await tx.loraModel.findMany({
      where: { userId, status: { in: [...openStatuses] }, holdId: { not: null } },
      select: { holdId: true },
    });
    await tx.user.delete({ where: { id: userId } });
    for (const { holdId } of open) if (holdId) await release(tx, holdId);
  });
}

async function topUp(userId: string): Promise<void> {
  await inTransaction((tx) =>
    grant(tx, userId, creditsAtStart - sandboxWelcomeCredits, {
      idempotencyKey: `${sandboxGrantPrefix}demo:${userId}`,
      memo: 'Sandbox credits',
    }),
  );
}

/** A generated profile set, some of it liked, and one training that has ended well. */
async function addFinished(ctx: CreatorContext): Promise<void> {
  const { characterId } = await createCharacter(ctx, {
    name: 'Mara',
    look: 'A calm, curious travel photographer in her thirties',
  });
  await requestProfileSet(ctx, { characterId });
  await generateProfileSet(systemContext('seed'), { characterId });
  const images = await listImages(ctx.actor.userId, characterId);
  await like(ctx, images.slice(0, 5));
  await completeProfileSet(ctx, { characterId, agreedCredits: null, consent: 'synthetic' });
  await savePreferences(ctx, { characterId, loraTrainingEnabled: true });
  await train(
    ctx.actor.userId,
    characterId,
    images.slice(0, 5).map(({ id }) => id),
  );
  // After the training, so that retraining has something to gain.
  await like(creatorContext(ctx.actor.userId), images.slice(5, 7));
}

/** Three uploads: two short of what a training needs. */
async function addBeginner(ctx: CreatorContext): Promise<void> {
  const { characterId } = await createCharacter(ctx, {
    name: 'Iris',
    look: 'Bakes, and talks about it',
  });
  await addUploads(ctx, characterId, 'iris', 3);
}

async function addRehearsal(
  ctx: CreatorContext,
  { name, look }: { name: string; look: string },
): Promise<void> {
  const { characterId } = await createCharacter(ctx, { name, look });
  await addUploads(ctx, characterId, name, rehearsalImages);
  await completeProfileSet(ctx, { characterId, agreedCredits: null, consent: 'synthetic' });
}

/** Illustrations that come in the way a creator's own pictures do. */
async function addUploads(
  ctx: CreatorContext,
  characterId: string,
  seedText: string,
  count: number,
): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const { bytes, contentType } = await chooseGenerator().generate({
      look: '',
      seed: seedText,
      index,
      prompt: '',
    });
    const fileName = `${seedText.toLowerCase().replaceAll(' ', '-')}-${index + 1}.png`;
    const { imageId, upload } = await requestUpload(ctx, {
      characterId,
      fileName,
      bytes: bytes.byteLength,
      contentType,
    });
    const answer = await fetch(upload.url, {
      method: 'PUT',
      headers: upload.headers,
      body: new Uint8Array(bytes),
    });
    if (!answer.ok) throw new Error(`The store answered ${answer.status} to ${fileName}.`);
    await finishUpload(ctx, { imageId });
  }
}

async function like(ctx: CreatorContext, images: readonly { id: string }[]): Promise<void> {
  for (const { id } of images) await likeImage(ctx, { imageId: id, liked: true });
}

/**
 * One training from start to end as the worker takes it there, with the file the sandbox GPU would
 * have made. Its 25 s are already over.
 */
async function train(userId: string, characterId: string, imageIds: string[]): Promise<void> {
  const now = Date.now();
  const at = (secondsAgo: number) => new Date(now - secondsAgo * 1_000);
  const baseModel = 'z-image-turbo';
  const { loraModelId } = await startTraining(creatorContext(userId, at(27)), {
    characterId,
    baseModel,
    imageIds,
    expectedCredits: quoteTraining(baseModel, imageIds.length).totalCredits,
    requestId: randomUUID(),
    consent: null,
  });
  const { id: attemptId } = await db().trainingAttempt.findFirstOrThrow({ where: { loraModelId } });

  const submitting = await take(attemptId, 'submitting', at(26));
  const externalJobId = `sample-${attemptId}`;
  await inTransaction(async (tx) => {
    await commitClaim(tx, submitting, {
      state: 'submitted',
      externalJobId,
      submittedAt: at(26),
      nextCheckAt: at(24),
    });
    await tx.loraModel.update({
      where: { id: loraModelId },
      data: { externalJobId, lastHeardAt: at(26) },
    });
  });

  const running = await take(attemptId, 'submitted', at(25));
  const { recipe, seed: noise } = z
    .object({ recipe: recipeSchema, seed: z.int() })
    .parse(running.training.config);
  const progress: Progress = {
    phase: 'training',
    step: 1,
    totalSteps: recipe.steps,
    loss: 0.47,
    secondsPerStep: 17 / recipe.steps,
    gpuSeconds: 4,
  };
  await applyObservation(systemContext('seed', at(25)), running, { kind: 'running', progress });

  const adapter = sandboxAdapterFile({
    baseModel,
    role: 'main',
    triggerWord: running.training.triggerWord,
    rank: recipe.rank,
    alpha: recipe.alpha,
    seed: noise,
    layers: 2,
    megabytes: null,
  });
  const sha256 = await hashOf(adapter);
  const key = loraFileKey(attemptId, 'main', sha256);
  await store().write(key, Readable.from(adapter.chunks()), 'application/octet-stream');
  const files = await storeArtifacts(attemptId, baseModel, [
    { role: 'main', kind: 'stored', key, bytes: adapter.bytes, sha256 },
  ]);

  const finished = await take(attemptId, 'submitted', at(0));
  await applyObservation(systemContext('seed', at(0)), finished, {
    kind: 'ready',
    files,
    progress: { ...progress, phase: 'uploading', step: recipe.steps, loss: 0.3, gpuSeconds: 25 },
  });
  await readStarted(userId);
}

async function take(
  attemptId: string,
  state: 'submitting' | 'submitted',
  now: Date,
): Promise<Claim> {
  const claim = await claimAttempt(attemptId, state, now);
  if (!claim) throw new Error(`The sample training cannot be taken as ${state}.`);
  return claim;
}

/** That it started is no news any more; that it is done is. */
async function readStarted(userId: string): Promise<void> {
  for (const { id, type } of (await getInbox(userId)).notifications) {
    if (type !== 'lora.training.started') continue;
    await markNotification(creatorContext(userId), { notificationId: id, read: true });
  }
}
