import { recordAct } from '../acts/record-act.ts';
import type { Context } from '../context.ts';
import { db, inTransaction, type Tx } from '../db.ts';

/**
 * The operators' switch. While trainings are paused none starts and none is handed to a provider;
 * what runs goes on, and what waits keeps its place. Pausing twice is pausing once. `by` is who did
 * it, for the record.
 */
export async function pauseTrainings(
  ctx: Context,
  { by, reason }: { by: string; reason: string },
): Promise<void> {
  await inTransaction(async (tx) => {
    const data = { pausedBy: by, pausedAt: ctx.now, reason };
    const [pause] = await tx.trainingPause.createManyAndReturn({ data, skipDuplicates: true });
    if (pause) await writeDown(tx, ctx, 'trainings.paused', pause.id);
  });
}

/** Lets trainings go on. Resuming what is not paused changes nothing. */
export async function resumeTrainings(ctx: Context, { by }: { by: string }): Promise<void> {
  await inTransaction(async (tx) => {
    const [pause] = await tx.trainingPause.updateManyAndReturn({
      where: { resumedAt: null },
      data: { resumedAt: ctx.now, resumedBy: by },
    });
    if (pause) await writeDown(tx, ctx, 'trainings.resumed', pause.id);
  });
}

/** The name and the reason are the pause's; the act has its number alone. */
async function writeDown(
  tx: Tx,
  { actor, now }: Context,
  kind: 'trainings.paused' | 'trainings.resumed',
  pauseId: bigint,
): Promise<void> {
  const userId = actor.kind === 'creator' ? actor.userId : null;
  await recordAct(tx, { kind, by: 'operator', userId, facts: { pause: Number(pauseId) }, at: now });
}

export interface TrainingPauseView {
  pausedAt: string;
  pausedBy: string;
  reason: string;
}

/** Since when, by whom and why; null while trainings go on. For operators. */
export async function getTrainingPause(): Promise<TrainingPauseView | null> {
  const pause = await db().trainingPause.findFirst({ where: { resumedAt: null } });
  if (!pause) return null;
  const { pausedAt, pausedBy, reason } = pause;
  return { pausedAt: pausedAt.toISOString(), pausedBy, reason };
}
