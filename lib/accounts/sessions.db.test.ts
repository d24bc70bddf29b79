import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '../db.ts';
import { makeUser } from '../testing/factories.ts';
import { endSession, findSession, openSession, sessionDays } from './sessions.ts';

const opened = new Date('2026-03-12T12:00:00Z');
const daysLater = (days: number) => new Date(opened.getTime() + days * 86_400_000);

describe('a session', () => {
  it('names its user', async () => {
    const user = await makeUser();
    const id = await openSession(user.id, opened);
    await expect(findSession(id, opened)).resolves.toEqual({
      id: user.id,
      email: user.email,
      name: 'Test creator',
    });
  });

  it('lasts 30 days and not a moment longer', async () => {
    const id = await openSession((await makeUser()).id, opened);
    const end = daysLater(sessionDays);
    await expect(findSession(id, new Date(end.getTime() - 1))).resolves.not.toBeNull();
    await expect(findSession(id, end)).resolves.toBeNull();
  });

  it('is nobody once it is ended; the user’s other sessions go on', async () => {
    const user = await makeUser();
    const [here, elsewhere] = [await openSession(user.id), await openSession(user.id)];
    await endSession(here);
    await expect(findSession(here)).resolves.toBeNull();
    await expect(findSession(elsewhere)).resolves.toMatchObject({ id: user.id });
  });

  it('can be ended twice, and one that never was is nobody', async () => {
    const id = await openSession((await makeUser()).id);
    await endSession(id);
    await expect(endSession(id)).resolves.toBeUndefined();
    await expect(findSession(randomUUID())).resolves.toBeNull();
  });

  it('goes with its user', async () => {
    const user = await makeUser();
    const id = await openSession(user.id);
    await db().user.delete({ where: { id: user.id } });
    await expect(findSession(id)).resolves.toBeNull();
  });

  it('is not opened for nobody', async () => {
    await expect(openSession(randomUUID())).rejects.toThrow();
  });
});
