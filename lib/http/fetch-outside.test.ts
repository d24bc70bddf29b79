import type { LookupAddress } from 'node:dns';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchOutside, OutsideError, publicLookup } from './fetch-outside.ts';
import { isPublicAddress } from './public-address.ts';

const limits = { maxBytes: 1_000, timeoutMs: 5_000 };

// A server on a private address: what an attacker wants us to ask.
let answer: RequestListener;
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  answer(request, response);
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = 0;
  answer = (_, response) => response.end('ok');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function refusalOf(address: string, more: { configured?: string[] } = {}) {
  const outcome = await fetchOutside(address, { ...limits, ...more }).then(
    ({ body }) =>
      buffer(body).then(
        () => 'read',
        (error: unknown) => error,
      ),
    (error: unknown) => error,
  );
  if (outcome instanceof OutsideError) return outcome.kind;
  throw new Error(`not refused: ${outcome}`);
}

describe('an address from outside', () => {
  it.each([
    'file:///etc/passwd',
    'ftp://example.com/',
    'data:text/plain,hello',
    'gopher://example.com/',
    'http://example.com/',
    'https://example.com:8443/',
    'https://user:password@example.com/',
    'not an address',
    '',
    'https://127.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.1.2.3/',
    'https://[::1]/',
    // The same addresses in other clothes.
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://2852039166/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fe80::1]/',
    'https://[fd00:ec2::254]/',
    'https://127。0。0。1/',
  ])('%j is refused before anybody is asked', async (address) => {
    expect(await refusalOf(address)).toBe('refused');
  });

  it('is refused when its name stands for a private address', async () => {
    expect(await refusalOf('https://localhost/')).toBe('refused');
    expect(asked).toBe(0);
  });

  it('is refused at a private server, TLS or not', async () => {
    expect(await refusalOf(url)).toBe('refused');
    expect(await refusalOf(url.replace('http:', 'https:'))).toBe('refused');
    expect(asked).toBe(0);
  });
});

describe('the lookup behind it', () => {
  /** What a socket is handed for a name that answers `answers`, one after the other. */
  async function resolve(...answers: LookupAddress[][]) {
    let count = 0;
    const fake = (_: string, __: object, callback: (error: null, found: LookupAddress[]) => void) =>
      callback(null, answers[count++] ?? []);
    const lookup = publicLookup(fake as never);
    const handed = await new Promise<unknown>((done) => {
      lookup('rebound.example', { all: true }, (error, found) => done(error ?? found));
    });
    return { handed, count };
  }
  const good = { address: '93.184.215.14', family: 4 };
  const bad = { address: '169.254.169.254', family: 4 };

  it('asks once and hands on exactly what it checked, whatever the name says next', async () => {
    expect(await resolve([good], [bad])).toEqual({ handed: [good], count: 1 });
  });

  it.each([
    [[bad]],
    [[good, bad]],
    [[bad, good]],
    [[{ address: '::ffff:10.0.0.1', family: 6 }]],
    [[]],
  ])('hands on nothing of %j', async (found) => {
    const { handed } = await resolve(found);
    expect(handed).toBeInstanceOf(OutsideError);
  });
});

describe('a configured address', () => {
  it('may be private and without TLS', async () => {
    const { status, body } = await fetchOutside(`${url}/jobs`, { ...limits, configured: [url] });
    expect(status).toBe(200);
    expect((await buffer(body)).toString()).toBe('ok');
  });

  it('opens its own origin alone', async () => {
    expect(await refusalOf(url, { configured: ['http://127.0.0.1:1'] })).toBe('refused');
    expect(asked).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])('is not followed elsewhere: %i', async (status) => {
    answer = (_, response) =>
      response.writeHead(status, { location: 'http://169.254.169.254/' }).end();
    expect(await refusalOf(url, { configured: [url] })).toBe('refused');
    expect(asked).toBe(1);
  });

  it('is not read beyond its cap, announced or not', async () => {
    answer = (_, response) => response.end('x'.repeat(1_001));
    expect(await refusalOf(url, { configured: [url] })).toBe('too-long');
    answer = (_, response) => {
      response.write('x'.repeat(600));
      response.end('x'.repeat(600));
    };
    expect(await refusalOf(url, { configured: [url] })).toBe('too-long');
  });

  it('is not waited for beyond its time', async () => {
    answer = () => {};
    const patience = { maxBytes: 1, timeoutMs: 50, configured: [url] };
    await expect(fetchOutside(url, patience)).rejects.toMatchObject({ kind: 'unreachable' });
    answer = (_, response) => response.writeHead(200).flushHeaders();
    const { body } = await fetchOutside(url, { ...patience, timeoutMs: 500 });
    await expect(buffer(body)).rejects.toMatchObject({ kind: 'unreachable' });
  });

  it('that breaks off is no whole answer', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x');
      setImmediate(() => response.destroy());
    };
    expect(await refusalOf(url, { configured: [url] })).toBe('unreachable');
  });
});

describe('isPublicAddress', () => {
  it.each(['8.8.8.8', '93.184.215.14', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])(
    '%s is',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );
  it.each([
    '0.0.0.0',
    '100.64.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.19.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '2001:db8::1',
    'fe80::1%eth0',
    'ff02::1',
    'example.com',
    '',
  ])('%j is not', (address) => expect(isPublicAddress(address)).toBe(false));
});
