import { describe, expect, it } from 'vitest';
import { baseModelIds, baseModels } from '../lora/rules/base-models.ts';
import { describeAdapter, readSafetensorsHeader } from '../lora/rules/safetensors.ts';
import { hashOf, type SandboxAdapterOrder, sandboxAdapterFile } from './adapter-file.ts';

const order: SandboxAdapterOrder = {
  baseModel: 'z-image-turbo',
  role: 'main',
  triggerWord: 'ohwx_mara',
  rank: 16,
  alpha: 16,
  seed: 7,
  layers: 1,
  megabytes: null,
};

async function read(file: ReturnType<typeof sandboxAdapterFile>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.chunks()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function readSound(file: ReturnType<typeof sandboxAdapterFile>) {
  const bytes = await read(file);
  const verdict = readSafetensorsHeader(bytes, bytes.byteLength);
  if (!verdict.ok) throw new Error(verdict.reason);
  return { bytes, header: verdict.header };
}

describe('sandboxAdapterFile', () => {
  it.each(baseModelIds)('makes a sound adapter for %s', async (baseModel) => {
    const { rank, keyPrefix } = baseModels[baseModel];
    const file = sandboxAdapterFile({ ...order, baseModel, rank, alpha: rank });
    const { bytes, header } = await readSound(file);
    expect(bytes.byteLength).toBe(file.bytes);
    expect(describeAdapter(header, { keyPrefix, rank })).toMatchObject({
      ok: true,
      adapter: {
        rank,
        dtypes: ['BF16'],
        metadata: {
          sandbox: 'true',
          note: 'Made by the sandbox GPU. Empty: changes nothing.',
          base_model: baseModel,
          trigger_word: 'ohwx_mara',
          rank: String(rank),
          alpha: String(rank),
          sandbox_layers: '1',
        },
      },
    });
  });

  it.each([
    ['z-image-turbo', 'diffusion_model.layers.0.attention.to_out.0.lora_A.weight', [16, 3840]],
    ['z-image-turbo', 'diffusion_model.layers.0.feed_forward.w2.lora_A.weight', [16, 10240]],
    ['flux', 'transformer.transformer_blocks.0.attn.add_q_proj.lora_B.weight', [3072, 16]],
    ['flux', 'transformer.single_transformer_blocks.0.attn.to_v.lora_B.weight', [3072, 16]],
    ['one-2.1', 'diffusion_model.blocks.0.cross_attn.o.lora_A.weight', [16, 5120]],
    ['one-2.2', 'diffusion_model.blocks.0.ffn.2.lora_A.weight', [16, 13824]],
  ] as const)('names the layers of %s: %s', async (baseModel, name, shape) => {
    const { header } = await readSound(sandboxAdapterFile({ ...order, baseModel }));
    expect(header.tensors.find((tensor) => tensor.name === name)?.shape).toEqual(shape);
  });

  it('changes nothing: every B is zero, and A is small but not', async () => {
    const { bytes, header } = await readSound(sandboxAdapterFile(order));
    for (const { name, begin, end } of header.tensors) {
      const data = bytes.subarray(header.headerBytes + begin, header.headerBytes + end);
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      let largest = 0;
      for (let at = 0; at < data.byteLength; at += 2) {
        const float = new DataView(new ArrayBuffer(4));
        float.setUint32(0, view.getUint16(at, true) << 16);
        largest = Math.max(largest, Math.abs(float.getFloat32(0)));
      }
      if (name.endsWith('.lora_B.weight')) expect(largest).toBe(0);
      else {
        expect(largest).toBeGreaterThan(0.009);
        expect(largest).toBeLessThan(0.017);
      }
    }
  });

  it('is the same file for the same seed and another for another', async () => {
    const hash = await hashOf(sandboxAdapterFile(order));
    expect(await hashOf(sandboxAdapterFile(order))).toBe(hash);
    expect(await hashOf(sandboxAdapterFile({ ...order, seed: 8 }))).not.toBe(hash);
  });

  it('has as many layers as asked, at most as many as the model', () => {
    const names = (layers: number) => sandboxAdapterFile({ ...order, layers }).bytes;
    expect(names(2)).toBeGreaterThan(names(1) * 1.9);
    expect(names(30)).toBeGreaterThan(70_000_000);
    expect(names(31) - names(30)).toBeLessThan(100);
  });

  it('reaches a size with flat memory, still sound', async () => {
    const file = sandboxAdapterFile({ ...order, megabytes: 120 });
    expect(file.bytes).toBeGreaterThan(120_000_000);
    expect(file.bytes).toBeLessThan(124_000_000);
    let bytes = 0;
    let largestChunk = 0;
    let opening: Uint8Array | null = null;
    for await (const chunk of file.chunks()) {
      opening ??= chunk;
      bytes += chunk.byteLength;
      largestChunk = Math.max(largestChunk, chunk.byteLength);
    }
    expect(bytes).toBe(file.bytes);
    expect(largestChunk).toBeLessThanOrEqual(1024 * 1024);
    const verdict = readSafetensorsHeader(opening ?? new Uint8Array(), file.bytes);
    expect(verdict.ok).toBe(true);
  });
});
