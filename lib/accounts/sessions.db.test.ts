import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db } from '../db.ts';
import { makeUser } from '../testing/factories.ts';
import { changePassword } from './change-password.ts';
import {
  endOtherSessions,
  endOwnSession,
  endSession,
  findSession,
  idleDays,
  listSessions,
  openSession,
  sessionDays,
  sweepSessions,
} from './sessions.ts';
import { signIn } from './sign-in.ts';
import { signUp } from './sign-up.ts';

const opened = new Date('2026-03-12T12:00:00Z');
const daysLater = (days: number) => new Date(opened.getTime() + days * 86_400_000);

describe('a session', () => {
  it('names its user', async () => {
    const user = await makeUser();
    const id = await openSession(user.id, { now: opened });
    await expect(findSession(id, opened)).resolves.toEqual({
      id: user.id,
      email: user.email,
      name: 'Test creator',
      role: 'creator',
    });
  });

  it('lasts 30 days when it is used, and not a moment longer', async () => {
    const id = await openSession((await makeUser()).id, { now: opened });
    const end = daysLater(sessionDays);
    for (let day = 0; day < sessionDays; day += idleDays - 1) await findSession(id, daysLater(day));
    await expect(findSession(id, new Date(end.getTime() - 1))).resolves.not.toBeNull();
    await expect(findSession(id, end)).resolves.toBeNull();
  });

  it('is over when it was not used for a week', async () => {
    const id = await openSession((await makeUser()).id, { now: opened });
    await expect(findSession(id, daysLater(idleDays - 1))).resolves.not.toBeNull();
    await expect(findSession(id, daysLater(2 * idleDays - 1))).resolves.toBeNull();
    await expect(findSession(id, daysLater(2 * idleDays - 2))).resolves.not.toBeNull();
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

describe('listSessions', () => {
  it('names the device, the last used first, and only those that are alive', async () => {
    const user = await makeUser();
    const windows = 'Mozilla/5.0 (Windows NT 10.0; rv:141.0) Gecko/20100101 Firefox/141.0';
    const old = await openSession(user.id, { now: daysLater(-idleDays - 1) });
    const first = await openSession(user.id, { now: opened, userAgent: windows });
    const second = await openSession(user.id, { now: daysLater(1), userAgent: 'curl/8.5.0' });
    await findSession(first, daysLater(2));
    await openSession((await makeUser()).id, { now: opened });
    expect(await listSessions(user.id, daysLater(2))).toEqual([
      {
        id: first,
        device: 'Firefox on Windows',
        createdAt: opened.toISOString(),
        lastSeenAt: daysLater(2).toISOString(),
      },
      expect.objectContaining({ id: second, device: null }),
    ]);
    await sweepSessions(systemContext('sweep', daysLater(2)));
    expect(await db().session.count({ where: { id: old } })).toBe(0);
    expect(await db().session.count({ where: { userId: user.id } })).toBe(2);
  });
});

describe('signing out elsewhere', () => {
  it('ends one of one’s own, and nobody else’s', async () => {
    const [user, stranger] = [await makeUser(), await makeUser()];
    const [here, there] = [await openSession(user.id), await openSession(user.id)];
    const theirs = await openSession(stranger.id);
    await endOwnSession(creatorContext(user.id), { sessionId: there });
    await expect(
      endOwnSession(creatorContext(user.id), { sessionId: theirs }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(findSession(there)).resolves.toBeNull();
    await expect(findSession(here)).resolves.not.toBeNull();
    await expect(findSession(theirs)).resolves.not.toBeNull();
  });

  it('ends all but this one', async () => {
    const [user, stranger] = [await makeUser(), await makeUser()];
    const here = await openSession(user.id);
    const others = [await openSession(user.id), await openSession(user.id)];
    const theirs = await openSession(stranger.id);
    const ctx = creatorContext(user.id);
    await expect(endOtherSessions(ctx, { exceptId: here })).resolves.toEqual({ ended: 2 });
    await expect(endOtherSessions(ctx, { exceptId: here })).resolves.toEqual({ ended: 0 });
    for (const id of others) await expect(findSession(id)).resolves.toBeNull();
    for (const id of [here, theirs]) await expect(findSession(id)).resolves.not.toBeNull();
  });
});

describe('changePassword', () => {
  const password = 'correct horse battery';
  const another = 'another horse battery';
  const signUpAs = async () => {
    const email = `${randomUUID()}@example.test`;
    const { userId } = await signUp({ name: '', email, password }, randomUUID());
    return { email, userId, ctx: creatorContext(userId) };
  };

  it('sets another one and signs out everywhere else', async () => {
    const { email, userId, ctx } = await signUpAs();
    const [here, there] = [await openSession(userId), await openSession(userId)];
    const input = { currentPassword: password, newPassword: another, sessionId: here };
    await changePassword(ctx, input);
    await expect(findSession(here)).resolves.not.toBeNull();
    await expect(findSession(there)).resolves.toBeNull();
    await expect(signIn({ email, password }, randomUUID())).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
    });
    await expect(signIn({ email, password: another }, randomUUID())).resolves.toEqual({ userId });
  });

  it('asks for the current one, ten times a minute', async () => {
    const { userId, ctx } = await signUpAs();
    const [here, there] = [await openSession(userId), await openSession(userId)];
    const input = { currentPassword: another, newPassword: another, sessionId: here };
    for (let time = 1; time <= 10; time += 1) {
      await expect(changePassword(ctx, input)).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    }
    await expect(
      changePassword(ctx, { ...input, currentPassword: password }),
    ).rejects.toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    await expect(findSession(there)).resolves.not.toBeNull();
  });

  it('of two at once does one', async () => {
    const { userId, ctx } = await signUpAs();
    const sessionId = await openSession(userId);
    const results = await Promise.allSettled(
      ['first new password', 'second new password'].map((newPassword) =>
        changePassword(ctx, { currentPassword: password, newPassword, sessionId }),
      ),
    );
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('sets none for an account that has none', async () => {
    const user = await makeUser();
    const sessionId = await openSession(user.id);
    await expect(
      changePassword(creatorContext(user.id), {
        currentPassword: '',
        newPassword: another,
        sessionId,
      }),
    ).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
  });
});
