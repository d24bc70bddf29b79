import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { creatorContext, systemContext } from '../context.ts';
import { db, inTransaction } from '../db.ts';
import { changeSettings } from '../testing/change-settings.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { type MailServer, startMailServer } from '../testing/mail-server.ts';
import { makeStage } from '../testing/training-stage.ts';
import { dismissNotification } from './inbox.ts';
import { notify } from './notify.ts';
import { maxEmailTries } from './rules/email.ts';
import { sendEmail } from './send-email.ts';
import { sweepEmails } from './sweep-emails.ts';

let server: MailServer;
beforeAll(async () => {
  server = await startMailServer();
  changeSettings({
    MAIL_TRANSPORT: 'smtp',
    MAIL_SMTP_URL: server.url,
    MAIL_FROM: 'Likeness <likeness@likeness.example>',
    APP_URL: 'https://likeness.example',
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  server.reset();
  await db().email.deleteMany();
});

const minuteMs = 60_000;
const worker = (afterMs = 0) => systemContext('worker', new Date(Date.now() + afterMs));

/** A creator who is told that a training of theirs is complete. */
async function told(change: { name?: string; notifyEmail?: boolean; sandbox?: boolean } = {}) {
  const user = await makeUser();
  const character = await makeCharacter(user, { name: change.name });
  if (change.notifyEmail === false) {
    await db().character.update({ where: { id: character.id }, data: { notifyEmail: false } });
  }
  const tell = () =>
    inTransaction((tx) =>
      notify(tx, {
        userId: user.id,
        subjectId: character.id,
        type: 'lora.training.completed',
        facts: {
          characterId: character.id,
          characterName: character.name,
          sandbox: change.sandbox ?? false,
          chargedCredits: 22_000,
        },
      }),
    );
  await tell();
  const { id: notificationId } = await db().notification.findFirstOrThrow({
    where: { userId: user.id },
  });
  return { user, character, notificationId, tell };
}

function emailOf(notificationId: string) {
  return db().email.findUnique({ where: { notificationId } });
}

describe('notify', () => {
  it('leaves one e-mail and one bell with the notice, however often it tells', async () => {
    const { notificationId, tell } = await told();
    await Promise.all([tell(), tell()]);
    expect(await db().email.findMany()).toMatchObject([
      { notificationId, status: 'waiting', tries: 0 },
    ]);
    const bells = await db().$queryRaw<{ name: string }[]>`
      SELECT name FROM pgboss.job WHERE data->>'notificationId' = ${notificationId}`;
    expect(bells).toEqual([{ name: 'notifications.send-email' }]);
  });

  it('takes the e-mail back with the transaction it was in', async () => {
    const user = await makeUser();
    const character = await makeCharacter(user);
    const failing = inTransaction(async (tx) => {
      await notify(tx, {
        userId: user.id,
        subjectId: character.id,
        type: 'lora.model.expired',
        facts: { characterId: character.id, characterName: 'Mara' },
      });
      throw new Error('taken back');
    });
    await expect(failing).rejects.toThrow('taken back');
    expect(await db().email.count()).toBe(0);
    expect(await db().notification.count({ where: { userId: user.id } })).toBe(0);
  });

  it('tells of a start in the centre only', async () => {
    const user = await makeUser();
    const character = await makeCharacter(user);
    await inTransaction((tx) =>
      notify(tx, {
        userId: user.id,
        subjectId: randomUUID(),
        type: 'lora.training.started',
        facts: {
          characterId: character.id,
          characterName: 'Mara',
          fromSeconds: 60,
          toSeconds: 120,
          reservedCredits: 22_000,
        },
      }),
    );
    expect(await db().notification.count({ where: { userId: user.id } })).toBe(1);
    expect(await db().email.count()).toBe(0);
  });

  it('writes no e-mail where they are switched off for the character', async () => {
    const { notificationId } = await told({ notifyEmail: false });
    expect(await emailOf(notificationId)).toBeNull();
  });
});

describe('sendEmail', () => {
  it('sends what the notice says, with the way back and the way out', async () => {
    const { user, character, notificationId } = await told();
    await sendEmail(worker(), { notificationId });
    expect(server.arrived).toMatchObject([{ from: 'likeness@likeness.example', to: [user.email] }]);
    const raw = server.arrived[0]?.raw.replace(/=\r?\n/g, '') ?? '';
    expect(raw).toContain('Subject: Mara is ready');
    expect(raw).toContain(`Message-ID: <${notificationId}@likeness.example>`);
    expect(raw).toContain(`https://likeness.example/influencer/${character.id}/studio`);
    expect(raw).toContain(`https://likeness.example/influencer/${character.id}/settings`);
    expect(await emailOf(notificationId)).toMatchObject({
      status: 'sent',
      tries: 1,
      sentAt: expect.any(Date),
    });
  });

  it('says so of a sandbox result', async () => {
    const { notificationId } = await told({ sandbox: true });
    await sendEmail(worker(), { notificationId });
    expect(server.arrived[0]?.raw).toContain('Sandbox GPU: this adapter is empty.');
  });

  it('sends once, however many workers are at it and however often', async () => {
    const { notificationId } = await told();
    await Promise.all(Array.from({ length: 6 }, () => sendEmail(worker(), { notificationId })));
    await sendEmail(worker(), { notificationId });
    await sweepEmails(worker());
    expect(server.arrived).toHaveLength(1);
  });

  it('sends once when two have seen it waiting at the same moment', async () => {
    const { notificationId } = await told();
    // Both read it while a third keeps them from writing.
    const { sends } = await db().$transaction(
      async (tx) => {
        await tx.$queryRaw`
          SELECT status FROM emails WHERE notification_id = ${notificationId}::uuid FOR UPDATE`;
        const started = [1, 2].map(() => sendEmail(worker(), { notificationId }));
        await vi.waitUntil(
          async () => {
            const [found] = await db().$queryRaw<[{ count: bigint }]>`
              SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND wait_event_type = 'Lock'`;
            return found.count === 2n;
          },
          { interval: 10, timeout: 15_000 },
        );
        return { sends: started };
      },
      { timeout: 20_000 },
    );
    await Promise.all(sends);
    expect(server.arrived).toHaveLength(1);
  });

  it('finds the character of a notice about a training', async () => {
    const stage = await makeStage();
    const { loraModelId } = await stage.start();
    await inTransaction((tx) =>
      notify(tx, {
        userId: stage.user.id,
        subjectId: loraModelId,
        type: 'lora.training.failed',
        facts: {
          characterId: stage.character.id,
          characterName: stage.character.name,
          reason: 'GPU_LOST',
          releasedCredits: 22_000,
          freeRetry: true,
        },
      }),
    );
    const notice = await db().notification.findFirstOrThrow({
      where: { subjectId: loraModelId, type: 'lora.training.failed' },
    });
    await sendEmail(worker(), { notificationId: notice.id });
    expect(server.arrived[0]?.raw).toContain('We lost contact with the GPU.');
  });

  it('never sends again what may be on its way: a crash after claiming', async () => {
    const { notificationId } = await told();
    // What a worker leaves that is killed between its commit and the server's answer.
    await db().email.update({
      where: { notificationId },
      data: { status: 'sending', tries: 1, nextTryAt: null },
    });
    await sendEmail(worker(), { notificationId });
    await sweepEmails(worker(48 * 60 * minuteMs));
    expect(server.arrived).toHaveLength(0);
    expect(await emailOf(notificationId)).toMatchObject({ status: 'sending' });
  });

  it('never sends again what may be on its way: the server hung up after taking it', async () => {
    const { notificationId } = await told();
    server.plan = ['drop-after'];
    await sendEmail(worker(), { notificationId });
    expect(server.arrived).toHaveLength(1);
    expect(await emailOf(notificationId)).toMatchObject({
      status: 'sending',
      lastError: expect.stringContaining('no answer came'),
    });
    await sendEmail(worker(), { notificationId });
    await sweepEmails(worker(48 * 60 * minuteMs));
    expect(server.arrived).toHaveLength(1);
  });

  it('tries again later when it is refused for now', async () => {
    const { notificationId } = await told();
    server.plan = ['busy', 'drop-before'];
    await sendEmail(worker(), { notificationId });
    expect(await emailOf(notificationId)).toMatchObject({ status: 'waiting', tries: 1 });
    // Not before its time, whoever asks.
    await sendEmail(worker(30_000), { notificationId });
    expect(await sweepEmails(worker(30_000))).toBe(0);
    expect(await emailOf(notificationId)).toMatchObject({ tries: 1 });

    expect(await sweepEmails(worker(2 * minuteMs))).toBe(1);
    expect(await emailOf(notificationId)).toMatchObject({ status: 'waiting', tries: 2 });
    await sweepEmails(worker(20 * minuteMs));
    expect(server.arrived).toHaveLength(1);
    expect(await emailOf(notificationId)).toMatchObject({
      status: 'sent',
      tries: 3,
      lastError: null,
    });
  });

  it('gives up after so many tries, and at once when it is refused for good', async () => {
    const { notificationId } = await told();
    server.plan = Array.from({ length: 20 }, () => 'busy');
    for (let tries = 0; tries < 20; tries += 1) {
      await sendEmail(worker(tries * 60 * minuteMs), { notificationId });
      await db().email.updateMany({ data: { nextTryAt: null } });
    }
    expect(await emailOf(notificationId)).toMatchObject({
      status: 'failed',
      tries: maxEmailTries,
      lastError: 'SMTP 451 EENVELOPE RCPT TO',
    });

    const other = await told();
    server.plan = ['refuse'];
    await sendEmail(worker(), other);
    expect(await emailOf(other.notificationId)).toMatchObject({ status: 'failed', tries: 1 });
    expect(server.arrived).toHaveLength(0);
  });

  it('sends nothing of a notice that was dismissed before', async () => {
    const { user, notificationId } = await told();
    await dismissNotification(creatorContext(user.id), { notificationId, dismissed: true });
    await sendEmail(worker(), { notificationId });
    expect(server.arrived).toHaveLength(0);
    expect(await emailOf(notificationId)).toBeNull();
  });

  it('sends nothing once e-mails were switched off, or the character is gone', async () => {
    const first = await told();
    await db().character.update({
      where: { id: first.character.id },
      data: { notifyEmail: false },
    });
    await sendEmail(worker(), first);
    const second = await told();
    await db().character.delete({ where: { id: second.character.id } });
    await sendEmail(worker(), second);
    expect(server.arrived).toHaveLength(0);
    expect(await db().email.count()).toBe(0);
  });

  it('sends no news of two days ago', async () => {
    const { notificationId } = await told();
    await sendEmail(worker(49 * 60 * minuteMs), { notificationId });
    expect(server.arrived).toHaveLength(0);
    expect(await emailOf(notificationId)).toBeNull();
  });
});

describe('sweepEmails', () => {
  it('sends those whose bell was lost, and one that is refused holds up none', async () => {
    const first = await told();
    const second = await told();
    server.plan = ['refuse'];
    expect(await sweepEmails(worker())).toBe(2);
    expect(server.arrived).toHaveLength(1);
    expect(await sweepEmails(worker())).toBe(0);
    const statuses = [first, second].map(({ notificationId }) => emailOf(notificationId));
    expect((await Promise.all(statuses)).map((email) => email?.status).sort()).toEqual([
      'failed',
      'sent',
    ]);
  });
});
