import { describe, expect, it } from 'vitest';
import { clientAddress } from './client-address.ts';

const forged = '6.6.6.6';

describe('clientAddress', () => {
  it.each([
    ['no proxy: the socket', '203.0.113.9', undefined, 0, '203.0.113.9'],
    ['no proxy: a forged header says nothing', '203.0.113.9', forged, 0, '203.0.113.9'],
    ['no proxy: nor does a long one', '203.0.113.9', `${forged}, ${forged}`, 0, '203.0.113.9'],
    ['one proxy: what it appended', '10.0.0.1', '203.0.113.9', 1, '203.0.113.9'],
    ['one proxy: not what stood before', '10.0.0.1', `${forged}, 203.0.113.9`, 1, '203.0.113.9'],
    ['two proxies', '10.0.0.1', `${forged},203.0.113.9, 10.0.0.2`, 2, '203.0.113.9'],
    ['a call past the proxies', '203.0.113.9', undefined, 1, '203.0.113.9'],
    ['fewer entries than proxies', '203.0.113.9', forged, 2, '203.0.113.9'],
    ['an empty entry', '203.0.113.9', `${forged}, `, 1, '203.0.113.9'],
    ['IPv4 on a socket for both', '::ffff:203.0.113.9', undefined, 0, '203.0.113.9'],
    ['IPv6', '2001:db8::1', undefined, 0, '2001:db8::1'],
    ['nobody', undefined, undefined, 0, 'unknown'],
  ])('%s', (_, socketAddress, forwardedFor, hops, expected) => {
    expect(clientAddress({ socketAddress, forwardedFor, hops })).toBe(expected);
  });
});
