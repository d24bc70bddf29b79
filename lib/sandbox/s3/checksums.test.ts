import { describe, expect, it } from 'vitest';
import { startDigest } from './checksums.ts';

describe('checksums of "123456789", in two pieces', () => {
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
    ['md5', '25f9e794323b453885f5181f1b624d0b'],
  ] as const)('%s', (algorithm, expected) => {
    const digest = startDigest(algorithm);
    digest.update(Buffer.from('1234'));
    digest.update(Buffer.from('56789'));
    expect(Buffer.from(digest.base64(), 'base64').toString('hex')).toBe(expected);
  });
});
