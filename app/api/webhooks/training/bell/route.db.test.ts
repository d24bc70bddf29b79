import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '@/lib/db.ts';
import { env } from '@/lib/env.ts';
import { bellToken } from '@/lib/gpu/signature.ts';
import { submitAttempt } from '@/lib/lora/submit-attempt.ts';
import { withOutside } from '@/lib/testing/outside.ts';
import { attemptOf, later, makeStage, worker } from '@/lib/testing/training-stage.ts';
import { POST } from './route.ts';

withOutside();

async function waiting() {
  const { loraModelId } = await (await makeStage()).start();
  const { id: attemptId } = await attemptOf(loraModelId);
  await submitAttempt(worker(), { attemptId });
  const data = { nextCheckAt: later(10 ** 9) };
  await db().trainingAttempt.update({ where: { id: attemptId }, data });
  const isDue = async () =>
    ((await attemptOf(loraModelId)).nextCheckAt?.getTime() ?? 0) <= Date.now();
  return { attemptId, isDue, token: bellToken(env().AUTH_SECRET, attemptId) };
}

function ring(attempt: string, token: string, body = '{"status":"COMPLETED"}') {
  const url = `http://localhost:3000/api/webhooks/training/bell?attempt=${attempt}&token=${token}`;
  return POST(new Request(url, { method: 'POST', body }));
}

describe('the bell of a vendor that signs nothing', () => {
  it('makes its attempt due, whatever the body says, and answers 200 with nothing', async () => {
    const { attemptId, isDue, token } = await waiting();
    expect(await isDue()).toBe(false);
    const answer = await ring(attemptId, token, '<html>');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('');
    expect(await isDue()).toBe(true);
    expect(await db().webhookDelivery.count({ where: { attemptId } })).toBe(0);
  });

  it('does not ring for another token, another attempt or none', async () => {
    const one = await waiting();
    const other = await waiting();
    for (const [attempt, token] of [
      [one.attemptId, ''],
      [one.attemptId, other.token],
      [other.attemptId, one.token],
      ['nobody', one.token],
      [randomUUID(), one.token],
    ] as const) {
      expect((await ring(attempt, token)).status).toBe(401);
    }
    expect(await one.isDue()).toBe(false);
    expect(await other.isDue()).toBe(false);
  });

  it('is heard 300 times a minute, and what somebody else tries does not count', async () => {
    const { attemptId, token } = await waiting();
    for (let time = 0; time < 310; time += 1) await ring(attemptId, 'x');
    for (let time = 0; time < 300; time += 1) {
      expect((await ring(attemptId, token)).status).toBe(200);
    }
    const answer = await ring(attemptId, token);
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
