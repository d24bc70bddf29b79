import { Prisma } from '../../prisma/client/client.ts';
import type { Context } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { env } from '../env.ts';
import { openQueue } from '../jobs/queue.ts';
import { log } from '../log.ts';
import { notify } from '../notifications/notify.ts';
import { store } from '../storage/store.ts';

const dayMs = 86_400_000;
/** Of each kind and sweep; the rest has its turn next time. */
const atOnce = 50;

/** D13: told 14 and 3 days before, the later one first: who hears it needs no earlier one. */
const warnings = [
  { type: 'lora.model.expiring-soon', daysBefore: 3, untilDaysBefore: 0 },
  { type: 'lora.model.expiring', daysBefore: 14, untilDaysBefore: 3 },
] as const;

export interface ExpiredModels {
  warned: number;
  expired: number;
  /** Models whose files were removed from the store. */
  removed: number;
}

/**
 * Removes the weights of models that nobody has used for `LORA_EXPIRY_DAYS`, after a notice 14 and 3
 * days before (D13). The end is committed before a file is touched, and a model whose files are
 * still there is found again: a crash in between costs time. The history stays. Safe to repeat and
 * to run twice at once; a use in the same moment either saves a model or comes too late.
 */
export async function expireModels(ctx: Context): Promise<ExpiredModels> {
  await openQueue();
  const done = { warned: 0, expired: 0, removed: 0 };
  for (const warning of warnings) {
    for (const loraModelId of await findToWarn(ctx, warning)) {
      if (await attempt(() => warn(ctx, loraModelId, warning))) done.warned += 1;
    }
  }
  for (const loraModelId of await findToExpire(ctx)) {
    if (await attempt(() => expire(ctx, loraModelId))) done.expired += 1;
  }
  for (const loraModelId of await findToRemove()) {
    if (await attempt(() => removeFiles(loraModelId))) done.removed += 1;
  }
  return done;
}

/** True when `work` did something; one that fails is logged and does not hold up the others. */
async function attempt(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    log().error({ error }, 'a model could not be expired');
    return false;
  }
}

type Warning = (typeof warnings)[number];

function windowOf(ctx: Context, { daysBefore, untilDaysBefore }: Warning) {
  const ahead = (days: number) => new Date(ctx.now.getTime() + days * dayMs);
  return { gt: ahead(untilDaysBefore), lte: ahead(daysBefore) };
}

async function findToWarn(ctx: Context, warning: Warning): Promise<string[]> {
  // Where models live that short, the notice would come with the model itself.
  if (env().LORA_EXPIRY_DAYS <= warning.daysBefore) return [];
  const { gt, lte } = windowOf(ctx, warning);
  const rows = await db().$queryRaw<{ id: string }[]>(Prisma.sql`
    SELECT model.id FROM lora_models model
    WHERE model.status = 'ready' AND model.expired_at IS NULL AND model.user_id IS NOT NULL
      AND model.expires_at > ${gt} AND model.expires_at <= ${lte}
      AND NOT EXISTS (SELECT 1 FROM notifications told
                      WHERE told.subject_id = model.id AND told.type = ${warning.type})
    ORDER BY model.expires_at LIMIT ${atOnce}`);
  return rows.map(({ id }) => id);
}

/** Tells it unless the model has been used since it was found. */
function warn(ctx: Context, loraModelId: string, warning: Warning): Promise<boolean> {
  return inTransaction(async (tx) => {
    // Held, so that a use in this moment takes the notice back or makes it needless.
    await tx.$queryRaw`SELECT 1 FROM lora_models WHERE id = ${loraModelId}::uuid FOR UPDATE`;
    const model = await tx.loraModel.findFirst({
      where: {
        id: loraModelId,
        status: 'ready',
        expiredAt: null,
        expiresAt: windowOf(ctx, warning),
      },
      select: { ...told, expiresAt: true },
    });
    if (!model?.expiresAt || !model.userId) return false;
    const { userId, characterId, character, expiresAt } = model;
    await notify(tx, {
      userId,
      subjectId: loraModelId,
      type: warning.type,
      facts: { characterId, characterName: character.name, expiresAt },
    });
    return true;
  });
}

const told = {
  userId: true,
  characterId: true,
  character: { select: { name: true } },
} as const;

async function findToExpire(ctx: Context): Promise<string[]> {
  const rows = await db().loraModel.findMany({
    where: { status: 'ready', expiredAt: null, expiresAt: { lte: ctx.now } },
    orderBy: { expiresAt: 'asc' },
    take: atOnce,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

function expire(ctx: Context, loraModelId: string): Promise<boolean> {
  return inTransaction(async (tx) => {
    const { count } = await tx.loraModel.updateMany({
      where: { id: loraModelId, status: 'ready', expiredAt: null, expiresAt: { lte: ctx.now } },
      data: { expiredAt: ctx.now },
    });
    if (count === 0) return false;
    const { userId, characterId, character } = await tx.loraModel.findUniqueOrThrow({
      where: { id: loraModelId },
      select: told,
    });
    // What was only about to happen is no news any more.
    await tx.notification.deleteMany({
      where: { subjectId: loraModelId, type: { in: warnings.map(({ type }) => type) } },
    });
    if (!userId) return true;
    await notify(tx, {
      userId,
      subjectId: loraModelId,
      type: 'lora.model.expired',
      facts: { characterId, characterName: character.name },
    });
    return true;
  });
}

async function findToRemove(): Promise<string[]> {
  const rows = await db().loraModel.findMany({
    where: { expiredAt: { not: null }, files: { some: {} } },
    take: atOnce,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

/** The store first, then the rows that name what is in it: a crash leaves rows to start over from. */
async function removeFiles(loraModelId: string): Promise<boolean> {
  const files = await db().loraFile.findMany({ where: { loraModelId }, select: { key: true } });
  await store().remove(files.map(({ key }) => key));
  const { count } = await db().loraFile.deleteMany({ where: { loraModelId } });
  return count > 0;
}
