import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** A running digest of a body. */
export interface Digest {
  update(chunk: Buffer): void;
  base64(): string;
}

/** The algorithms of `x-amz-checksum-*`; CRC-64/NVME is not among them. */
export const checksumAlgorithms = ['crc32', 'crc32c', 'sha1', 'sha256'] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export function startDigest(algorithm: ChecksumAlgorithm | 'md5'): Digest {
  if (algorithm === 'crc32') return cyclicDigest(crc32);
  if (algorithm === 'crc32c') return cyclicDigest(crc32c);
  const hash = createHash(algorithm);
  return {
    update: (chunk) => hash.update(chunk),
    base64: () => hash.digest('base64'),
  };
}

/** The same chunks, each fed to `hash` as it passes. */
export async function* hashed(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

function cyclicDigest(continueCrc: (chunk: Buffer, crc: number) => number): Digest {
  let crc = 0;
  return {
    update(chunk) {
      crc = continueCrc(chunk, crc);
    },
    base64() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes.toString('base64');
    },
  };
}

/** CRC-32C (Castagnoli), reflected, one table look-up per byte. */
const castagnoli = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

function crc32c(chunk: Buffer, crc: number): number {
  let value = ~crc;
  for (const byte of chunk) value = (castagnoli[(value ^ byte) & 0xff] ?? 0) ^ (value >>> 8);
  return ~value >>> 0;
}
