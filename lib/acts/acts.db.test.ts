import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createApiToken } from '../accounts/create-api-token.ts';
import { countTry } from '../accounts/limits.ts';
import { revokeApiToken } from '../accounts/revoke-api-token.ts';
import { limits } from '../accounts/rules/limits.ts';
import { endOtherSessions, endSession, openSession } from '../accounts/sessions.ts';
import { signIn } from '../accounts/sign-in.ts';
import { signUp } from '../accounts/sign-up.ts';
import { removeImage } from '../characters/remove-image.ts';
import { creatorContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { DomainError, type ErrorCode } from '../errors.ts';
import { withdrawConsent } from '../lora/withdraw-consent.ts';
import { asOwner } from '../testing/database.ts';
import { makeUser } from '../testing/factories.ts';
import { captureLog } from '../testing/find-canaries.ts';
import { makeStage } from '../testing/training-stage.ts';
import { listActs } from './list-acts.ts';
import { listRefused } from './list-refused.ts';
import { notingNotFound } from './noting-not-found.ts';
import { noteAct, recordAct } from './record-act.ts';
import { type ActKind, shownActs } from './rules/act-words.ts';
import { sweepActs } from './sweep-acts.ts';

async function kindsOf(userId: string): Promise<string[]> {
  const rows = await db().act.findMany({ where: { userId }, orderBy: { id: 'asc' } });
  return rows.map(({ kind }) => kind);
}

describe('acts', () => {
  it('tell of an account, its sign-ins and its tokens, by ids alone', async () => {
    const email = `${randomUUID()}@example.test`;
    const [password, wrong, address] = ['correct horse battery', 'a wrong one', '203.0.113.77'];
    const { userId } = await signUp({ name: 'Iris Canary', email, password }, address);
    const ctx = creatorContext(userId);
    await signIn({ email, password: wrong }, address).catch(() => {});
    await signIn({ email, password }, address);
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/141.0';
    const [here, there] = [await openSession(userId), await openSession(userId, { userAgent })];
    await endOtherSessions(ctx, { exceptId: there });
    await endSession(here);
    await endSession(there);
    const token = await createApiToken(ctx, { name: 'Canary token' });
    await revokeApiToken(ctx, { apiTokenId: token.id });
    await revokeApiToken(ctx, { apiTokenId: token.id });
    expect(await kindsOf(userId)).toEqual([
      'account.made',
      'sign-in.failed',
      'sign-in.made',
      'sign-in.made',
      'sessions.ended',
      'sign-in.ended',
      'token.made',
      'token.revoked',
    ]);
    const all = await db().$queryRaw<{ text: string }[]>`SELECT acts::text AS text FROM acts`;
    for (const told of [email, 'Canary', password, wrong, address, 'Firefox', token.token]) {
      expect(JSON.stringify(all)).not.toContain(told);
    }
  });

  it('tell of a sign-in for an address nobody has, and name nobody', async () => {
    const before = await db().act.count({ where: { kind: 'sign-in.failed', userId: null } });
    await signIn({ email: `${randomUUID()}@example.test`, password: 'x' }, randomUUID()).catch(
      () => {},
    );
    expect(await db().act.count({ where: { kind: 'sign-in.failed', userId: null } })).toBe(
      before + 1,
    );
  });

  it('tell of consent and of images that go', async () => {
    const stage = await makeStage();
    await stage.start();
    const [image] = stage.images;
    await expect(removeImage(stage.ctx(), { imageId: image?.id ?? '' })).rejects.toMatchObject({
      code: 'TRAINING_OPEN',
    });
    expect(await kindsOf(stage.user.id)).toEqual(['consent.given']);
    const other = await makeStage();
    await db().consent.create({
      data: { characterId: other.character.id, kind: 'self', wordingVersion: 1 },
    });
    await withdrawConsent(other.ctx(), { characterId: other.character.id });
    await withdrawConsent(other.ctx(), { characterId: other.character.id });
    await removeImage(other.ctx(), { imageId: other.images[0]?.id ?? '' });
    expect(await kindsOf(other.user.id)).toEqual(['consent.withdrawn', 'image.removed']);
  });

  it('tell once of a limit that was hit, however often', async () => {
    const { id } = await makeUser();
    for (let time = 0; time < limits.startTraining.points + 4; time += 1) {
      await countTry('startTraining', id).catch(() => {});
    }
    expect(await kindsOf(id)).toEqual(['limit.hit']);
  });

  it('go with the transaction they are told in', async () => {
    const { id: userId } = await makeUser();
    const undone = inTransaction(async (tx) => {
      await recordAct(tx, { kind: 'token.made', by: 'anybody', userId });
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await kindsOf(userId)).toEqual([]);
  });

  it('are never changed, and removed after two years only', async () => {
    const { id: userId } = await makeUser();
    const now = new Date();
    const ago = (days: number) => new Date(now.getTime() - days * 86_400_000);
    for (const days of [0, 700, 740]) {
      await recordAct(db(), { kind: 'token.made', by: 'anybody', userId, at: ago(days) });
    }
    await expect(asOwner("UPDATE acts SET kind = 'token.revoked'")).rejects.toThrow('append-only');
    await expect(asOwner('DELETE FROM acts')).rejects.toThrow('two years');
    await expect(asOwner('TRUNCATE acts')).rejects.toThrow('append-only');
    // The application has not even the right.
    await expect(db().act.deleteMany({ where: { userId } })).rejects.toThrow('permission denied');
    expect(await kindsOf(userId)).toHaveLength(3);
    expect(await sweepActs()).toBeGreaterThanOrEqual(1);
    expect(await kindsOf(userId)).toHaveLength(2);
  });
});

describe('listActs', () => {
  it('shows the newest twenty of one’s own, in words', async () => {
    const [user, stranger] = [await makeUser(), await makeUser()];
    for (let count = 0; count < 25; count += 1) {
      await recordAct(db(), { kind: 'sign-in.failed', by: 'anybody', userId: user.id });
    }
    await recordAct(db(), { kind: 'image.removed', by: 'anybody', userId: user.id });
    await recordAct(db(), { kind: 'password.changed', by: 'anybody', userId: stranger.id });
    const acts = await listActs(user.id);
    expect(acts).toHaveLength(20);
    expect(new Set(acts.map(({ words }) => words))).toEqual(
      new Set(['A sign-in with a wrong password']),
    );
    expect(shownActs).not.toContain('image.removed');
  });
});

describe('a request for what is not there', () => {
  const noted = (userId: string) =>
    db().act.findMany({ where: { userId, kind: 'record.not-found' }, orderBy: { id: 'asc' } });
  const ask = (userId: string, operation: string, code: ErrorCode = 'NOT_FOUND') =>
    notingNotFound({ userId, operation }, () => Promise.reject(new DomainError(code)));

  it('is written down, without the id that was asked for, and no other refusal is', async () => {
    const { id: userId } = await makeUser();
    await expect(ask(userId, 'getInfluencer')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ask(userId, 'getImage', 'NO_FILE_YET')).rejects.toThrow('NO_FILE_YET');
    expect(await notingNotFound({ userId, operation: 'getImage' }, async () => 7)).toBe(7);
    const facts = { operation: 'getInfluencer' };
    expect(await noted(userId)).toMatchObject([{ actor: 'creator', subjectId: null, facts }]);
  });

  it('is written down once for each user, operation and hour, however many come at once', async () => {
    const [user, other] = [await makeUser(), await makeUser()];
    const at = (time: string) => new Date(`2026-03-12T${time}Z`);
    const note = (userId: string, operation: string, time: string) =>
      noteAct({
        kind: 'record.not-found',
        by: { kind: 'creator', userId },
        userId,
        facts: { operation },
        at: at(time),
      });
    await Promise.all(
      Array.from({ length: 8 }, (_, n) => note(user.id, 'getImage', `14:00:0${n}.000`)),
    );
    await note(user.id, 'getImage', '14:59:59.999');
    expect(await noted(user.id)).toHaveLength(1);
    await note(user.id, 'getImage', '15:00:00.000');
    await note(user.id, 'likeImage', '15:00:00.000');
    await note(other.id, 'getImage', '15:00:00.000');
    expect(await noted(user.id)).toHaveLength(3);
    expect(await noted(other.id)).toHaveLength(1);
  });

  it('is refused the same when it cannot be written down, which is logged', async () => {
    const { id: userId } = await makeUser();
    const lines = captureLog();
    await asOwner(
      "ALTER TABLE acts ADD CONSTRAINT none_more CHECK (kind <> 'record.not-found') NOT VALID",
    );
    await expect(ask(userId, 'getInfluencer')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await asOwner('ALTER TABLE acts DROP CONSTRAINT none_more');
    expect(await noted(userId)).toEqual([]);
    expect(lines.join('')).toContain('was not written down');
  });
});

describe('listRefused', () => {
  it('tells operators who was not let in, where, and how often', async () => {
    const [user, gone] = [await makeUser(), randomUUID()];
    const by = 'anybody';
    let at = new Date(Date.now() - 60_000);
    const note = (userId: string | null, kind: ActKind, facts = {}) => {
      at = new Date(at.getTime() + 1);
      return noteAct({ kind, by, userId, facts, at });
    };
    await note(user.id, 'record.not-found', { operation: 'getInfluencer' });
    await note(user.id, 'record.not-found', { operation: 'getImage' });
    await note(user.id, 'origin.refused');
    await note(user.id, 'origin.refused');
    await note(user.id, 'token.made');
    await note(gone, 'limit.hit', { limit: 'uploads' });
    const old = new Date(Date.now() - 31 * 86_400_000);
    await noteAct({ kind: 'operator.refused', by, userId: user.id, at: old });
    const { email } = await db().user.findUniqueOrThrow({ where: { id: user.id } });
    const told = await listRefused(30);
    const lines = (of: string) =>
      told.filter(({ who }) => who === of).map(({ lastAt: _, ...line }) => line);
    expect(lines(email)).toEqual([
      { kind: 'origin.refused', about: '', who: email, times: 2 },
      { kind: 'record.not-found', about: 'getImage', who: email, times: 1 },
      { kind: 'record.not-found', about: 'getInfluencer', who: email, times: 1 },
    ]);
    expect(lines(gone)).toEqual([{ kind: 'limit.hit', about: 'uploads', who: gone, times: 1 }]);
    const nobody = told.filter(({ who }) => who === 'nobody known');
    expect(nobody.some(({ kind }) => kind === 'sign-in.failed')).toBe(true);
  });
});
