import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { openRequestBody, readText } from './request-body.ts';

const text = 'hello';
const sha256Hex = createHash('sha256').update(text).digest('hex');
const sha256 = Buffer.from(sha256Hex, 'hex').toString('base64');
const md5Hex = '5d41402abc4b2a76b9719d911017c592';
const trailerPayload = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

async function read(sent: string, headers: IncomingHttpHeaders, payloadHash = 'UNSIGNED-PAYLOAD') {
  const body = openRequestBody(Readable.from([Buffer.from(sent)]), headers, payloadHash);
  return { text: await readText(body), ...body.digests() };
}

describe('a request body', () => {
  it('is confirmed with its MD5 and the checksums that were given', async () => {
    const headers = { 'content-length': '5', 'x-amz-checksum-sha256': sha256 };
    await expect(read(text, headers)).resolves.toEqual({
      text,
      md5: md5Hex,
      checksums: { 'x-amz-checksum-sha256': sha256 },
    });
    await expect(read(text, { 'content-length': '5' }, sha256Hex)).resolves.toEqual({
      text,
      md5: md5Hex,
      checksums: {},
    });
  });

  it('may come in chunks with a trailer', async () => {
    const headers = {
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'x-amz-checksum-sha256',
    };
    const framed = `2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-sha256:${sha256}\r\n\r\n`;
    await expect(read(framed, headers, trailerPayload)).resolves.toMatchObject({
      text,
      checksums: { 'x-amz-checksum-sha256': sha256 },
    });
    await expect(read(framed.replace('llo', 'LLO'), headers, trailerPayload)).rejects.toMatchObject(
      { code: 'BadDigest' },
    );
    await expect(read('5\r\nhello\r\n0\r\n\r\n', headers, trailerPayload)).rejects.toMatchObject({
      code: 'MalformedTrailerError',
    });
  });

  it.each<[string, string, IncomingHttpHeaders, string]>([
    ['no length', 'MissingContentLength', {}, 'UNSIGNED-PAYLOAD'],
    [
      'a length that is no number',
      'MissingContentLength',
      { 'content-length': '5, 5' },
      'UNSIGNED-PAYLOAD',
    ],
    ['no decoded length', 'MissingContentLength', { 'content-length': '5' }, trailerPayload],
    ['too short a body', 'IncompleteBody', { 'content-length': '6' }, 'UNSIGNED-PAYLOAD'],
    ['too long a body', 'IncompleteBody', { 'content-length': '4' }, 'UNSIGNED-PAYLOAD'],
    ['more than 5 GiB', 'EntityTooLarge', { 'content-length': '5368709121' }, 'UNSIGNED-PAYLOAD'],
    ['another signed hash', 'XAmzContentSHA256Mismatch', { 'content-length': '5' }, '0'.repeat(64)],
    ['an unknown keyword', 'InvalidArgument', { 'content-length': '5' }, 'UNSIGNED'],
    [
      'signed chunks',
      'NotImplemented',
      { 'content-length': '5' },
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    ],
    [
      'an algorithm we lack',
      'NotImplemented',
      { 'content-length': '5', 'x-amz-checksum-crc64nvme': 'AAAAAAAAAAA=' },
      'UNSIGNED-PAYLOAD',
    ],
  ])('is refused with %s: %s', async (_, code, headers, payloadHash) => {
    await expect(read(text, headers, payloadHash)).rejects.toMatchObject({ code });
  });
});
