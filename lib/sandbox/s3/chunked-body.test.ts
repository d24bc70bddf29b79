import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAwsChunks } from './chunked-body.ts';

async function decode(framed: Buffer, pieceBytes: number) {
  const pieces: Buffer[] = [];
  for (let start = 0; start < framed.length; start += pieceBytes) {
    pieces.push(framed.subarray(start, start + pieceBytes));
  }
  const trailers = new Map<string, string>();
  const payload: Buffer[] = [];
  for await (const chunk of decodeAwsChunks(Readable.from(pieces), trailers)) payload.push(chunk);
  return { payload: Buffer.concat(payload), trailers };
}

function frame(chunks: Uint8Array[], trailer = ''): Buffer {
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from(`0\r\n${trailer}\r\n`)]);
}

describe('aws-chunked', () => {
  it('gives back any payload, however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 50 }),
        async (chunks, pieceBytes) => {
          const trailer = 'X-Amz-Checksum-Crc32: AAAAAA==\r\nx-other:1\r\n';
          const { payload, trailers } = await decode(frame(chunks, trailer), pieceBytes);
          expect(payload.equals(Buffer.concat(chunks))).toBe(true);
          expect([...trailers]).toEqual([
            ['x-amz-checksum-crc32', 'AAAAAA=='],
            ['x-other', '1'],
          ]);
        },
      ),
    );
  });

  it('ignores chunk extensions', async () => {
    const framed = Buffer.from(`3;chunk-signature=${'0'.repeat(64)}\r\nabc\r\n0\r\n\r\n`);
    expect((await decode(framed, 7)).payload.toString()).toBe('abc');
  });

  it.each([
    ['breaks off in a chunk', '5\r\nab'],
    ['breaks off between chunks', '2\r\nab\r\n'],
    ['breaks off before the end', '2\r\nab\r\n0\r\n'],
    ['has a chunk that is longer than it says', '2\r\nabc\r\n0\r\n\r\n'],
    ['has no size', 'xyz\r\nabc\r\n0\r\n\r\n'],
    ['never ends a line', 'a'.repeat(20_000)],
  ])('refuses a body that %s', async (_, framed) => {
    await expect(decode(Buffer.from(framed), 1_000)).rejects.toMatchObject({
      code: 'IncompleteBody',
    });
  });

  it('refuses a trailer without a name', async () => {
    await expect(decode(Buffer.from('0\r\nnonsense\r\n\r\n'), 5)).rejects.toMatchObject({
      code: 'MalformedTrailerError',
    });
  });
});
