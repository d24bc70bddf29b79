import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FileRole, JobInput } from '../gpu/protocol.ts';

/**
 * The adapter the sandbox GPU hands over: a valid safetensors file with the key names, shapes and
 * rank of a real one, and no effect. Every `lora_B` is zero, so what it adds to a model is zero.
 */

/** Weight bytes per number: BF16. */
const bytesEach = 2;
const chunkBytes = 1024 * 1024;

/** A kind of block in the model: how many there are, and its linear layers as `[name, in, out]`. */
interface Block {
  name: string;
  count: number;
  linears: readonly (readonly [name: string, inputs: number, outputs: number])[];
}

const square = (size: number, names: readonly string[]) =>
  names.map((name) => [name, size, size] as const);

const wanBlocks: readonly Block[] = [
  {
    name: 'diffusion_model.blocks',
    count: 40,
    linears: [
      ...square(5120, ['self_attn.q', 'self_attn.k', 'self_attn.v', 'self_attn.o']),
      ...square(5120, ['cross_attn.q', 'cross_attn.k', 'cross_attn.v', 'cross_attn.o']),
      ['ffn.0', 5120, 13824],
      ['ffn.2', 13824, 5120],
    ],
  },
];

/** The layers a trainer adapts, by the names inference programs load. */
const blocksOf: Record<JobInput['baseModel'], readonly Block[]> = {
  'z-image-turbo': [
    {
      name: 'diffusion_model.layers',
      count: 30,
      linears: [
        ...square(3840, [
          'attention.to_q',
          'attention.to_k',
          'attention.to_v',
          'attention.to_out.0',
        ]),
        ['feed_forward.w1', 3840, 10240],
        ['feed_forward.w2', 10240, 3840],
        ['feed_forward.w3', 3840, 10240],
      ],
    },
  ],
  flux: [
    {
      name: 'transformer.transformer_blocks',
      count: 19,
      linears: square(3072, [
        'attn.to_q',
        'attn.to_k',
        'attn.to_v',
        'attn.to_out.0',
        'attn.add_q_proj',
        'attn.add_k_proj',
        'attn.add_v_proj',
        'attn.to_add_out',
      ]),
    },
    {
      name: 'transformer.single_transformer_blocks',
      count: 38,
      linears: square(3072, ['attn.to_q', 'attn.to_k', 'attn.to_v']),
    },
  ],
  'one-2.1': wanBlocks,
  'one-2.2': wanBlocks,
};

export interface SandboxAdapterOrder {
  baseModel: JobInput['baseModel'];
  role: FileRole;
  triggerWord: string;
  rank: number;
  alpha: number;
  seed: number;
  /** Blocks of each kind to write; a whole model's would take longer to hash than tests can wait. */
  layers: number;
  /** At least this many MB (10^6 bytes) instead, by as many blocks as that takes, real or not. */
  megabytes: number | null;
}

export interface SandboxAdapterFile {
  bytes: number;
  /** The file's bytes from the start, the same each time, a megabyte at most at once. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Plans the file and knows its length; nothing is made before `chunks` is read. */
export function sandboxAdapterFile(order: SandboxAdapterOrder): SandboxAdapterFile {
  const layers = layerCount(order);
  const header: Record<string, unknown> = {
    __metadata__: {
      sandbox: 'true',
      note: 'Made by the sandbox GPU. Empty: changes nothing.',
      base_model: order.baseModel,
      role: order.role,
      trigger_word: order.triggerWord,
      rank: String(order.rank),
      alpha: String(order.alpha),
      sandbox_layers: String(layers),
      format: 'pt',
    },
  };
  const tensors: { bytes: number; isZero: boolean; inputs: number }[] = [];
  let dataBytes = 0;
  const add = (name: string, shape: [number, number], isZero: boolean, inputs: number) => {
    const bytes = shape[0] * shape[1] * bytesEach;
    header[name] = { dtype: 'BF16', shape, data_offsets: [dataBytes, dataBytes + bytes] };
    tensors.push({ bytes, isZero, inputs });
    dataBytes += bytes;
  };
  for (const block of blocksOf[order.baseModel]) {
    const count = order.megabytes === null ? Math.min(layers, block.count) : layers;
    for (let index = 0; index < count; index++) {
      for (const [linear, inputs, outputs] of block.linears) {
        const name = `${block.name}.${index}.${linear}`;
        add(`${name}.lora_A.weight`, [order.rank, inputs], false, inputs);
        add(`${name}.lora_B.weight`, [outputs, order.rank], true, inputs);
      }
    }
  }
  const opening = encodeHeader(header);
  return {
    bytes: opening.byteLength + dataBytes,
    async *chunks() {
      yield opening;
      const zeros = new Uint8Array(chunkBytes);
      for (const [index, { bytes, isZero, inputs }] of tensors.entries()) {
        const random = xorshift32(order.seed, index);
        for (let done = 0; done < bytes; done += chunkBytes) {
          const length = Math.min(chunkBytes, bytes - done);
          yield isZero ? zeros.subarray(0, length) : smallWeights(length, inputs, random);
          await nextTurn();
        }
      }
    },
  };
}

/** SHA-256 (hex) of the file, read once. */
export async function hashOf(file: SandboxAdapterFile): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.chunks()) hash.update(chunk);
  return hash.digest('hex');
}

function layerCount(order: SandboxAdapterOrder): number {
  if (order.megabytes === null) return order.layers;
  let perLayer = 0;
  for (const { linears } of blocksOf[order.baseModel]) {
    for (const [, inputs, outputs] of linears) {
      perLayer += order.rank * (inputs + outputs) * bytesEach;
    }
  }
  return Math.max(1, Math.ceil((order.megabytes * 1_000_000) / perLayer));
}

/** Length and JSON, padded with spaces so that the tensors start at a multiple of 8. */
function encodeHeader(header: Record<string, unknown>): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil(json.byteLength / 8) * 8;
  const opening = Buffer.alloc(8 + length, ' ');
  opening.writeBigUInt64LE(BigInt(length), 0);
  json.copy(opening, 8);
  return opening;
}

/** Uniform within ±1/√inputs, the usual start of `lora_A`, as little-endian BF16. */
function smallWeights(bytes: number, inputs: number, random: () => number): Uint8Array {
  const weights = new Float32Array(bytes / bytesEach);
  const bound = 1 / Math.sqrt(inputs);
  for (let i = 0; i < weights.length; i++) weights[i] = (random() * 2 - 1) * bound;
  const bits = new Uint32Array(weights.buffer);
  const view = new DataView(new ArrayBuffer(bytes));
  for (let i = 0; i < bits.length; i++) view.setUint16(i * 2, (bits[i] ?? 0) >>> 16, true);
  return new Uint8Array(view.buffer);
}

/** Numbers in [0, 1) that depend on nothing but the seed and the tensor's place. */
function xorshift32(seed: number, index: number): () => number {
  let state = (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35)) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
