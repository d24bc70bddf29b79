import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db } from '../../../../lib/db.ts';
import { withOutside } from '../../../../lib/testing/outside.ts';
import { attemptOf, makeStage } from '../../../../lib/testing/training-stage.ts';
import { signedCallback } from '../../../../lib/testing/worker-event.ts';
import { POST } from './route.ts';
import { POST as askForPlace } from './upload/route.ts';

withOutside();

/** What the protocol lets an attempt send in a minute. */
const mostPerMinute = 300;

async function trainer() {
  const { loraModelId } = await (await makeStage()).start();
  const { id: attemptId } = await attemptOf(loraModelId);
  const request = (options: Parameters<typeof signedCallback>[1], at = '') => {
    const { headers, rawBody } = signedCallback({ loraModelId, attemptId }, options);
    const url = `http://localhost:3000/api/webhooks/training${at}?attempt=${attemptId}`;
    return new Request(url, { method: 'POST', headers, body: rawBody });
  };
  const send = (options: Parameters<typeof signedCallback>[1] = {}) => POST(request(options));
  const ask = () => askForPlace(request({ body: '{}' }, '/upload'));
  const written = () => db().webhookDelivery.count({ where: { attemptId } });
  return { send, ask, written };
}

describe('the door for trainers', () => {
  it('hears an attempt so often a minute, events and uploads together, and others still', async () => {
    const { send, ask, written } = await trainer();
    for (let seq = 1; seq < mostPerMinute; seq += 1) expect((await send({ seq })).status).toBe(202);
    expect((await ask()).status).toBe(422);
    for (const answer of [await send({ seq: mostPerMinute }), await ask()]) {
      expect(answer.status).toBe(429);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await answer.text()).toBe('');
    }
    expect(await written()).toBe(mostPerMinute - 1);
    expect((await (await trainer()).send()).status).toBe(202);
  });

  it('counts nothing against an attempt that somebody else has signed', async () => {
    const { send, written } = await trainer();
    for (let time = 0; time <= mostPerMinute; time += 1) {
      expect((await send({ secretOf: randomUUID() })).status).toBe(401);
    }
    expect((await send()).status).toBe(202);
    expect(await written()).toBe(1);
  });
});
