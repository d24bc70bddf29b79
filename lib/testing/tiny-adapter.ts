import { createHash } from 'node:crypto';

/**
 * A sound adapter of a few hundred bytes: one pair of the right rank, and nothing in it. `mark` goes
 * into its metadata, so that two of them differ.
 */
export function tinyAdapter(keyPrefix: string, rank: number, mark: string): Buffer {
  const bytes = rank * 4 * 2;
  const name = `${keyPrefix}layers.0.attention.to_q`;
  const json = JSON.stringify({
    __metadata__: { mark },
    [`${name}.lora_A.weight`]: { dtype: 'BF16', shape: [rank, 4], data_offsets: [0, bytes] },
    [`${name}.lora_B.weight`]: {
      dtype: 'BF16',
      shape: [4, rank],
      data_offsets: [bytes, 2 * bytes],
    },
  });
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8, ' '));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(2 * bytes)]);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
