import { db } from '../db.ts';

/** A sign-in lasts this long at most. */
export const sessionDays = 30;

export interface SignedInUser {
  id: string;
  email: string;
  name: string | null;
}

/** Opens a session for a user who has just signed in; the cookie carries its id. */
export async function openSession(userId: string, now = new Date()): Promise<string> {
  const expiresAt = new Date(now.getTime() + sessionDays * 86_400_000);
  const { id } = await db().session.create({ data: { userId, expiresAt }, select: { id: true } });
  return id;
}

/** Who a session belongs to; null once it is ended or over. */
export async function findSession(
  sessionId: string,
  now = new Date(),
): Promise<SignedInUser | null> {
  const session = await db().session.findUnique({
    where: { id: sessionId },
    select: { expiresAt: true, user: { select: { id: true, email: true, name: true } } },
  });
  return session && session.expiresAt > now ? session.user : null;
}

/** Ends one session; the cookie that names it is worth nothing from now on. */
export async function endSession(sessionId: string): Promise<void> {
  await db().session.deleteMany({ where: { id: sessionId } });
}
