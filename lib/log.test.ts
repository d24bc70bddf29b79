import { expect, it } from 'vitest';
import { plainError } from './log.ts';

it('keeps what tells, and nothing that a library hung on the error', () => {
  const secret = 'hunter2-canary';
  const error = Object.assign(new Error('connection lost', { cause: new Error('reset') }), {
    code: '57P01',
    client: { connectionParameters: { password: secret } },
  });
  const kept = JSON.stringify(plainError(error));
  expect(kept).not.toContain(secret);
  expect(plainError(error)).toMatchObject({
    message: 'connection lost',
    code: '57P01',
    cause: { message: 'reset' },
  });
  expect(plainError('a string was thrown')).toBe('a string was thrown');
});
