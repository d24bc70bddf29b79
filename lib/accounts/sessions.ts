import { recordAct } from '../acts/record-act.ts';
import type { Context, CreatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { demand } from '../errors.ts';
import { deviceName } from './rules/device-name.ts';

/** A sign-in lasts this long at most … */
export const sessionDays = 30;
/** … and this long without being used. */
export const idleDays = 7;

const dayMs = 86_400_000;
/** "Last seen" is kept to the minute: a busy page is not a write for each request. */
const seenEveryMs = 60_000;

export interface SignedInUser {
  id: string;
  email: string;
  name: string | null;
  /** Operators run the installation: they see its success metrics. */
  role: 'creator' | 'operator';
}

/** A sign-in as its owner sees it. Plain JSON; instants are ISO 8601, UTC. */
export interface SessionView {
  id: string;
  /** Such as "Firefox on Windows"; null when the browser did not say. */
  device: string | null;
  createdAt: string;
  lastSeenAt: string;
}

/**
 * Opens a session for a user who has just signed in; the cookie carries its id. Always a new one: what
 * a browser had before is worth nothing here.
 */
export async function openSession(
  userId: string,
  { now = new Date(), userAgent = null }: { now?: Date; userAgent?: string | null } = {},
): Promise<string> {
  const data = {
    userId,
    createdAt: now,
    lastSeenAt: now,
    expiresAt: new Date(now.getTime() + sessionDays * dayMs),
    device: deviceName(userAgent),
  };
  return inTransaction(async (tx) => {
    const { id } = await tx.session.create({ data, select: { id: true } });
    const by = { kind: 'creator', userId } as const;
    await recordAct(tx, { kind: 'sign-in.made', by, userId, at: now });
    return id;
  });
}

/** Who a session belongs to; null once it is ended, over, or not used for a week. Asking is using it. */
export async function findSession(
  sessionId: string,
  now = new Date(),
): Promise<SignedInUser | null> {
  const session = await db().session.findUnique({
    where: { id: sessionId },
    select: {
      expiresAt: true,
      lastSeenAt: true,
      user: { select: { id: true, email: true, name: true, role: true } },
    },
  });
  if (!session || !isAlive(session, now)) return null;
  const staleBefore = new Date(now.getTime() - seenEveryMs);
  if (session.lastSeenAt <= staleBefore) {
    await db().session.updateMany({
      where: { id: sessionId, lastSeenAt: { lte: staleBefore } },
      data: { lastSeenAt: now },
    });
  }
  return session.user;
}

/** The user's sign-ins that are alive, the last used first. */
export async function listSessions(userId: string, now = new Date()): Promise<SessionView[]> {
  const rows = await db().session.findMany({
    where: { userId },
    orderBy: [{ lastSeenAt: 'desc' }, { id: 'desc' }],
  });
  return rows
    .filter((row) => isAlive(row, now))
    .map(({ id, device, createdAt, lastSeenAt }) => ({
      id,
      device,
      createdAt: createdAt.toISOString(),
      lastSeenAt: lastSeenAt.toISOString(),
    }));
}

/** Signs out: the cookie that names this session is worth nothing from now on. */
export async function endSession(sessionId: string): Promise<void> {
  await inTransaction(async (tx) => {
    const where = { id: sessionId };
    const session = await tx.session.findUnique({ where, select: { userId: true } });
    const { count } = await tx.session.deleteMany({ where });
    if (!session || count === 0) return;
    const { userId } = session;
    await recordAct(tx, { kind: 'sign-in.ended', by: { kind: 'creator', userId }, userId });
  });
}

/** Signs out one of one's own sign-ins, wherever it is. NOT_FOUND for anybody else's. */
export async function endOwnSession(
  ctx: CreatorContext,
  { sessionId }: { sessionId: string },
): Promise<void> {
  const count = await endWhere(ctx, { id: sessionId });
  demand(count === 1, 'NOT_FOUND');
}

/** Signs out everywhere but here. Returns how many that were. */
export async function endOtherSessions(
  ctx: CreatorContext,
  { exceptId }: { exceptId: string },
): Promise<{ ended: number }> {
  return { ended: await endWhere(ctx, { id: { not: exceptId } }) };
}

async function endWhere(
  { actor, now }: CreatorContext,
  which: { id: string | { not: string } },
): Promise<number> {
  const { userId } = actor;
  return inTransaction(async (tx) => {
    const { count } = await tx.session.deleteMany({ where: { ...which, userId } });
    if (count > 0) {
      const facts = { ended: count };
      await recordAct(tx, { kind: 'sessions.ended', by: actor, userId, facts, at: now });
    }
    return count;
  });
}

/** Removes sign-ins that are over. Returns how many. */
export async function sweepSessions({ now }: Context): Promise<number> {
  const { count } = await db().session.deleteMany({
    where: { OR: [{ expiresAt: { lte: now } }, { lastSeenAt: { lte: idleSince(now) } }] },
  });
  return count;
}

function isAlive(session: { expiresAt: Date; lastSeenAt: Date }, now: Date): boolean {
  return session.expiresAt > now && session.lastSeenAt > idleSince(now);
}

function idleSince(now: Date): Date {
  return new Date(now.getTime() - idleDays * dayMs);
}
