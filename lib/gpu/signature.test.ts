import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attemptSecret,
  bellToken,
  isBellToken,
  SignatureError,
  signEvent,
  verifyEvent,
} from './signature.ts';

const attemptId = '3f2c8a10-7a54-4a0e-9a58-0d3c5f1f9b11';
const secret = attemptSecret('a master secret', attemptId);
const body = '{"type":"heartbeat","note":"größe"}';

const secondsFromNow = (seconds: number) => new Date(Date.now() + seconds * 1000);

describe('bellToken', () => {
  const token = bellToken('a master secret', attemptId);

  it('is good for the bell of its own attempt, and for nothing else', () => {
    expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(isBellToken('a master secret', attemptId, token)).toBe(true);
    expect(isBellToken('another master secret', attemptId, token)).toBe(false);
    expect(isBellToken('a master secret', attemptId.replace('3f', '4f'), token)).toBe(false);
    for (const wrong of ['', token.slice(1), `${token}=`, token.toLowerCase()]) {
      expect(isBellToken('a master secret', attemptId, wrong)).toBe(false);
    }
    const asBytes = Buffer.from(token, 'base64url').toString('base64');
    expect(secret).not.toContain(asBytes);
  });
});

describe('attemptSecret', () => {
  it('is a webhook secret of 32 bytes, the same each time', () => {
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(attemptSecret('a master secret', attemptId)).toBe(secret);
  });

  it('differs by attempt and by master secret', () => {
    expect(attemptSecret('a master secret', `${attemptId.slice(0, -1)}2`)).not.toBe(secret);
    expect(attemptSecret('another master secret', attemptId)).not.toBe(secret);
  });
});

describe('signEvent', () => {
  it('signs as the standard says', () => {
    const at = new Date('2026-11-22T12:00:00.900Z');
    const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
    const text = `evt_1.1795348800.${body}`;
    expect(signEvent(secret, 'evt_1', at, body)).toEqual({
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1795348800',
      'webhook-signature': `v1,${createHmac('sha256', key).update(text).digest('base64')}`,
    });
  });

  it.each(['', 'a.b', 'a b', 'a\n', 'x'.repeat(201)])('refuses the id %j', (id) => {
    expect(() => signEvent(secret, id, new Date(), body)).toThrow(RangeError);
  });
});

describe('verifyEvent', () => {
  it('accepts what signEvent signs, whatever the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.uuid(), (text, id) => {
        const headers = signEvent(secret, id, new Date(), text);
        expect(verifyEvent([secret], headers, text)).toEqual({ deliveryId: id });
        expect(verifyEvent([secret], new Headers(headers), text)).toEqual({ deliveryId: id });
      }),
    );
  });

  it('accepts any one of several secrets and any one of several signatures', () => {
    const headers = signEvent(secret, 'evt_1', new Date(), body);
    const old = attemptSecret('the master secret before', attemptId);
    expect(verifyEvent([old, secret], headers, body)).toEqual({ deliveryId: 'evt_1' });
    const rotating = {
      ...headers,
      'webhook-signature': `v1a,AAAA v1 v1,AAAA ${headers['webhook-signature']}`,
    };
    expect(verifyEvent([secret], rotating, body)).toEqual({ deliveryId: 'evt_1' });
  });

  it('accepts 290 s of age and refuses 310 s, both ways', () => {
    for (const seconds of [-290, 290]) {
      const headers = signEvent(secret, 'evt_1', secondsFromNow(seconds), body);
      expect(verifyEvent([secret], headers, body)).toEqual({ deliveryId: 'evt_1' });
    }
    for (const seconds of [-310, 310]) {
      const headers = signEvent(secret, 'evt_1', secondsFromNow(seconds), body);
      expect(() => verifyEvent([secret], headers, body)).toThrow(SignatureError);
    }
  });

  const headers = () => signEvent(secret, 'evt_1', new Date(), body);
  it.each<[string, () => [string[], Record<string, string | string[] | undefined>, string]]>([
    ['another secret', () => [[attemptSecret('another', attemptId)], headers(), body]],
    ['no secret', () => [[], headers(), body]],
    ['a changed body', () => [[secret], headers(), `${body} `]],
    ['an empty body', () => [[secret], headers(), '']],
    ['another id', () => [[secret], { ...headers(), 'webhook-id': 'evt_2' }, body]],
    ['no headers', () => [[secret], {}, body]],
    ['no id', () => [[secret], { ...headers(), 'webhook-id': undefined }, body]],
    ['no timestamp', () => [[secret], { ...headers(), 'webhook-timestamp': undefined }, body]],
    ['no signature', () => [[secret], { ...headers(), 'webhook-signature': undefined }, body]],
    ['an empty signature', () => [[secret], { ...headers(), 'webhook-signature': '' }, body]],
    [
      'a version without a signature',
      () => [[secret], { ...headers(), 'webhook-signature': 'v1' }, body],
    ],
    ['a list in place of an id', () => [[secret], { ...headers(), 'webhook-id': ['evt_1'] }, body]],
    [
      'text after the timestamp',
      () => [
        [secret],
        { ...headers(), 'webhook-timestamp': `${headers()['webhook-timestamp']}x` },
        body,
      ],
    ],
    ['a timestamp in words', () => [[secret], { ...headers(), 'webhook-timestamp': 'now' }, body]],
  ])('refuses %s', (_name, make) => {
    const [secrets, given, text] = make();
    expect(() => verifyEvent(secrets, given, text)).toThrow(SignatureError);
  });

  it('does not let the border between id, timestamp and body move', () => {
    const at = new Date();
    const timestamp = String(Math.floor(at.getTime() / 1000));
    const signed = signEvent(secret, 'evt_1', at, `${timestamp}.{}`);
    const moved = { ...signed, 'webhook-id': `evt_1.${timestamp}` };
    expect(() => verifyEvent([secret], moved, '{}')).toThrow(SignatureError);
  });
});
