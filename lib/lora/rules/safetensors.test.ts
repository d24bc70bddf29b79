import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AdapterFault,
  describeAdapter,
  type HeaderFault,
  headerBytesNeeded,
  maxHeaderBytes,
  readSafetensorsHeader,
} from './safetensors.ts';

/** Writes a file by hand: the header as given, then `dataBytes` zeros. */
function file(header: unknown, dataBytes: number): { first: Uint8Array; bytes: number } {
  const json = typeof header === 'string' ? header : JSON.stringify(header);
  return fileOfBytes(new TextEncoder().encode(json), dataBytes);
}

function fileOfBytes(header: Uint8Array, dataBytes: number) {
  const first = new Uint8Array(8 + header.byteLength);
  new DataView(first.buffer).setBigUint64(0, BigInt(header.byteLength), true);
  first.set(header, 8);
  return { first, bytes: first.byteLength + dataBytes };
}

const tensor = (dtype: string, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const good = {
  __metadata__: { rank: '2', note: 'größe "x" \\ {' },
  'm.a.lora_A.weight': tensor('BF16', [2, 3], 0, 12),
  'm.a.lora_B.weight': tensor('BF16', [5, 2], 12, 32),
};

function verdict(header: unknown, dataBytes: number): HeaderFault | 'ok' {
  const { first, bytes } = file(header, dataBytes);
  const result = readSafetensorsHeader(first, bytes);
  return result.ok ? 'ok' : result.reason;
}

describe('readSafetensorsHeader', () => {
  it('reads a sound header', () => {
    const { first, bytes } = file(good, 32);
    expect(readSafetensorsHeader(first, bytes)).toEqual({
      ok: true,
      header: {
        tensors: [
          { name: 'm.a.lora_A.weight', dtype: 'BF16', shape: [2, 3], begin: 0, end: 12 },
          { name: 'm.a.lora_B.weight', dtype: 'BF16', shape: [5, 2], begin: 12, end: 32 },
        ],
        metadata: good.__metadata__,
        headerBytes: first.byteLength,
        dataBytes: 32,
      },
    });
  });

  it('reads from a view into a larger buffer, with more bytes than needed', () => {
    const { first, bytes } = file(good, 32);
    const larger = new Uint8Array(first.byteLength + 40).fill(0xff);
    larger.set(first, 7);
    expect(readSafetensorsHeader(larger.subarray(7), bytes).ok).toBe(true);
  });

  it.each<[string, unknown, number, HeaderFault | 'ok']>([
    ['padding spaces', `${JSON.stringify(good)}     `, 32, 'ok'],
    [
      'tensors in another order than their bytes',
      { b: tensor('U8', [1], 4, 5), a: tensor('F32', [], 0, 4) },
      5,
      'ok',
    ],
    ['an empty tensor', { a: tensor('F32', [0, 4], 0, 0), b: tensor('U8', [1], 0, 1) }, 1, 'ok'],
    [
      'a tensor called __proto__',
      '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
      'ok',
    ],
    ['the last 5 bytes missing', good, 27, 'size_mismatch'],
    ['5 bytes after the end', good, 37, 'size_mismatch'],
    ['a gap', { a: tensor('U8', [1], 0, 1), b: tensor('U8', [1], 2, 3) }, 3, 'gap_or_overlap'],
    ['a gap at the start', { a: tensor('U8', [1], 1, 2) }, 2, 'gap_or_overlap'],
    [
      'shared bytes',
      { a: tensor('U8', [4], 0, 4), b: tensor('U8', [4], 2, 6) },
      6,
      'gap_or_overlap',
    ],
    [
      'the same bytes twice',
      { a: tensor('U8', [4], 0, 4), b: tensor('U8', [4], 0, 4) },
      4,
      'gap_or_overlap',
    ],
    ['a shape too large', { a: tensor('F32', [2], 0, 4) }, 4, 'shape_mismatch'],
    [
      'a shape beyond any number',
      { a: tensor('F32', [2 ** 53 - 1, 2 ** 53 - 1], 0, 4) },
      4,
      'shape_mismatch',
    ],
    ['an unknown dtype', { a: tensor('F4', [8], 0, 4) }, 4, 'unknown_dtype'],
    ['a negative size', { a: tensor('U8', [-1, -4], 0, 4) }, 4, 'bad_tensor'],
    ['a fraction', { a: tensor('U8', [1.5], 0, 4) }, 4, 'bad_tensor'],
    [
      'a float that is whole',
      '{"a":{"dtype":"U8","shape":[4.0],"data_offsets":[0,4]}}',
      4,
      'bad_tensor',
    ],
    ['an exponent', '{"a":{"dtype":"U8","shape":[4e0],"data_offsets":[0,4]}}', 4, 'bad_tensor'],
    ['minus zero', '{"a":{"dtype":"U8","shape":[4],"data_offsets":[-0,4]}}', 4, 'bad_tensor'],
    ['a shape in text', { a: tensor('U8', '4', 0, 4) }, 4, 'bad_tensor'],
    ['a range backwards', { a: tensor('U8', [4], 4, 0) }, 4, 'bad_tensor'],
    ['three offsets', { a: { dtype: 'U8', shape: [4], data_offsets: [0, 4, 4] } }, 4, 'bad_tensor'],
    ['no shape', { a: { dtype: 'U8', data_offsets: [0, 4] } }, 4, 'bad_tensor'],
    ['one field more', { a: { ...tensor('U8', [4], 0, 4), x: 1 } }, 4, 'bad_tensor'],
    ['a tensor that is null', { a: null }, 0, 'bad_tensor'],
    ['metadata that is not text', { ...good, __metadata__: { rank: 2 } }, 32, 'bad_metadata'],
    ['metadata that is a list', { ...good, __metadata__: ['x'] }, 32, 'bad_metadata'],
    ['only metadata', { __metadata__: {} }, 0, 'no_tensors'],
    ['nothing', {}, 0, 'no_tensors'],
    ['broken JSON', '{"a":', 0, 'not_json'],
    ['JSON and something after it', `${JSON.stringify(good)}x`, 32, 'not_json'],
    ['a list', '[1,2,3]', 0, 'not_safetensors'],
    ['a leading space', ` ${JSON.stringify(good)}`, 32, 'not_safetensors'],
    [
      'the same tensor twice',
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}',
      2,
      'duplicate_key',
    ],
    [
      'the same tensor twice, once escaped',
      '{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"\\u0061" :{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}',
      2,
      'duplicate_key',
    ],
    [
      'a field twice',
      '{"a":{"dtype":"U8","dtype":"U8","shape":[2],"data_offsets":[0,2]}}',
      2,
      'duplicate_key',
    ],
    [
      'equal keys in different places',
      '{"dtype":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}',
      2,
      'ok',
    ],
    [
      'a value that looks like a key',
      { __metadata__: { a: '"a":', b: '{"a":' }, a: tensor('U8', [1], 0, 1) },
      1,
      'ok',
    ],
  ])('%s', (_name, header, dataBytes, expected) => {
    expect(verdict(header, dataBytes)).toBe(expected);
  });

  it.each<[string, Uint8Array, number, HeaderFault]>([
    ['an empty file', new Uint8Array(), 0, 'too_small'],
    ['nine bytes', new Uint8Array(9), 9, 'too_small'],
    ['a length of zero', new Uint8Array(64), 64, 'not_safetensors'],
    [
      'a length of 2^63',
      Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0x80, ...Array(20).fill(0)]),
      28,
      'header_too_large',
    ],
    ['a header longer than the file', file(good, 0).first, 40, 'header_too_large'],
    [
      'invalid UTF-8',
      fileOfBytes(Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 0).first,
      15,
      'not_json',
    ],
    [
      'a page of HTML',
      new TextEncoder().encode('<!DOCTYPE html><html><body>Not found</body></html>'),
      50,
      'not_safetensors',
    ],
    [
      'a page with line breaks',
      new TextEncoder().encode('\r\n<html>\r\n<body>Not found</body></html>'),
      38,
      'not_safetensors',
    ],
    [
      'a zip, as torch saves',
      Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0, 8, 8, ...Array(92).fill(0)]),
      100,
      'not_safetensors',
    ],
    [
      'an old torch pickle',
      Uint8Array.from([0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, ...Array(92).fill(0xf9)]),
      100,
      'not_safetensors',
    ],
    [
      'a pickle whose length is small',
      Uint8Array.from([0x80, 2, 0, 0, 0, 0, 0, 0, ...Array(700).fill(0x2e)]),
      708,
      'not_safetensors',
    ],
  ])('refuses %s', (_name, first, bytes, reason) => {
    expect(readSafetensorsHeader(first, bytes)).toEqual({ ok: false, reason });
  });

  it('asks for the whole header', () => {
    const { first, bytes } = file(good, 32);
    expect(readSafetensorsHeader(first.subarray(0, -1), bytes)).toEqual({
      ok: false,
      reason: 'header_incomplete',
    });
    expect(headerBytesNeeded(first.subarray(0, 8))).toBe(first.byteLength);
  });

  it('reads a header of the largest size and refuses one byte more', () => {
    const empty = JSON.stringify({ __metadata__: { x: '' }, a: tensor('U8', [1], 0, 1) });
    const filled = (length: number) =>
      file(
        { __metadata__: { x: '{'.repeat(length - empty.length) }, a: tensor('U8', [1], 0, 1) },
        1,
      );
    const largest = filled(maxHeaderBytes);
    expect(readSafetensorsHeader(largest.first, largest.bytes).ok).toBe(true);
    expect(headerBytesNeeded(largest.first)).toBe(8 + maxHeaderBytes);
    const tooLarge = filled(maxHeaderBytes + 1);
    expect(readSafetensorsHeader(tooLarge.first, tooLarge.bytes)).toEqual({
      ok: false,
      reason: 'header_too_large',
    });
    expect(headerBytesNeeded(tooLarge.first)).toBeNull();
    const escaped = file(
      { __metadata__: { x: '\\"'.repeat(900_000) }, a: tensor('U8', [1], 0, 1) },
      1,
    );
    expect(readSafetensorsHeader(escaped.first, escaped.bytes).ok).toBe(true);
  });

  it.each([
    ['nothing', [], null],
    ['seven bytes', [2, 0, 0, 0, 0, 0, 0], null],
    ['a length of 1', [1, 0, 0, 0, 0, 0, 0, 0], null],
    ['a length of 2', [2, 0, 0, 0, 0, 0, 0, 0], 10],
    ['HTML', [...new TextEncoder().encode('<!DOCTYP')], null],
  ])('headerBytesNeeded of %s', (_name, bytes, needed) => {
    expect(headerBytesNeeded(Uint8Array.from(bytes))).toBe(needed);
  });
});

type Entry = { dtype: string; shape: number[]; data_offsets: number[] };

const dtypes: [string, number][] = [
  ['BOOL', 1],
  ['I8', 1],
  ['BF16', 2],
  ['F16', 2],
  ['F32', 4],
  ['I64', 8],
];

/** Sound headers, their tensors laid out one behind the other and listed in any order. */
const soundHeader = fc
  .uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 12 }).filter((name) => name !== '__metadata__'),
      dtype: fc.constantFrom(...dtypes),
      shape: fc.array(fc.nat(5), { maxLength: 3 }),
      place: fc.nat(),
    }),
    { selector: ({ name }) => name, minLength: 1, maxLength: 6 },
  )
  .map((tensors) => {
    let end = 0;
    const entries = tensors.map(({ name, dtype: [dtype, bytesEach], shape, place }) => {
      const begin = end;
      end += bytesEach * shape.reduce((product, size) => product * size, 1);
      return { name, place, entry: { dtype, shape, data_offsets: [begin, end] } };
    });
    entries.sort((a, b) => a.place - b.place);
    return {
      entries: entries.map(({ name, entry }): [string, Entry] => [name, entry]),
      dataBytes: end,
    };
  });

/** An independent judge: paints every byte of the data and looks for one painted other than once. */
function isSound(entries: [string, Entry][], dataBytes: number): boolean {
  const painted = new Uint8Array(dataBytes);
  for (const [, { dtype, shape, data_offsets: offsets }] of entries) {
    const bytesEach = dtypes.find(([name]) => name === dtype)?.[1];
    const [begin, end] = offsets;
    if (bytesEach === undefined || begin === undefined || end === undefined) return false;
    if (offsets.length !== 2 || begin < 0 || end > dataBytes) return false;
    let size = bytesEach;
    for (const length of shape) {
      if (length < 0) return false;
      size *= length;
    }
    if (size !== end - begin) return false;
    for (let at = begin; at < end; at++) painted[at] = (painted[at] ?? 0) + 1;
  }
  return painted.every((times) => times === 1);
}

describe('readSafetensorsHeader, for any file', () => {
  it('reads back every sound header', () => {
    fc.assert(
      fc.property(soundHeader, ({ entries, dataBytes }) => {
        const { first, bytes } = file(Object.fromEntries(entries), dataBytes);
        const result = readSafetensorsHeader(first, bytes);
        if (!result.ok) throw new Error(result.reason);
        const read = Object.fromEntries(
          result.header.tensors.map(({ name, dtype, shape, begin, end }) => [
            name,
            { dtype, shape, data_offsets: [begin, end] },
          ]),
        );
        expect(read).toEqual(Object.fromEntries(entries));
      }),
    );
  });

  it('judges a header with one field changed as the independent judge does', () => {
    const counts = { refused: 0, sound: 0 };
    fc.assert(
      fc.property(
        soundHeader,
        fc.nat(),
        fc.constantFrom('dtype', 'shape', 'shape+', 'begin', 'end', 'drop', 'data'),
        fc.integer({ min: -3, max: 9 }),
        fc.constantFrom(...dtypes.map(([name]) => name)),
        ({ entries, dataBytes }, which, field, value, dtype) => {
          const changed = structuredClone(entries);
          const at = which % changed.length;
          const entry = changed[at]?.[1];
          if (!entry) throw new Error('no entry');
          let data = dataBytes;
          if (field === 'dtype') entry.dtype = dtype;
          if (field === 'shape' && entry.shape.length > 0)
            entry.shape[which % entry.shape.length] = value;
          if (field === 'shape+') entry.shape.push(value);
          if (field === 'begin') entry.data_offsets[0] = value;
          if (field === 'end') entry.data_offsets[1] = value;
          if (field === 'drop') changed.splice(at, 1);
          if (field === 'data') data = Math.max(0, data + value);
          const { first, bytes } = file(Object.fromEntries(changed), data);
          const sound = changed.length > 0 && isSound(changed, data);
          counts[sound ? 'sound' : 'refused']++;
          expect(readSafetensorsHeader(first, bytes).ok).toBe(sound);
        },
      ),
      // Wide enough that both outcomes are met, which the counts below insist on.
      { numRuns: 2_000 },
    );
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.sound).toBeGreaterThan(100);
  });

  it('answers, and never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(1_000),
        fc.boolean(),
        (bytes, size, framed) => {
          const { first } = framed ? fileOfBytes(bytes, 0) : { first: bytes };
          const result = readSafetensorsHeader(first, size);
          expect(typeof (result.ok || result.reason)).not.toBe('undefined');
          headerBytesNeeded(first);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function adapter(entries: Record<string, [dtype: string, shape: number[]]>, metadata = {}) {
  let end = 0;
  const header: Record<string, unknown> = { __metadata__: metadata };
  for (const [name, [dtype, shape]] of Object.entries(entries)) {
    const begin = end;
    end += (dtype === 'F32' || dtype === 'I32' ? 4 : 2) * shape.reduce((a, b) => a * b, 1);
    header[name] = tensor(dtype, shape, begin, end);
  }
  const { first, bytes } = file(header, end);
  const result = readSafetensorsHeader(first, bytes);
  if (!result.ok) throw new Error(result.reason);
  return result.header;
}

describe('describeAdapter', () => {
  const expected = { keyPrefix: 'm.', rank: 2 };

  it('describes an adapter in the names of PEFT', () => {
    const header = adapter(
      {
        'm.a.lora_A.weight': ['BF16', [2, 3]],
        'm.a.lora_B.weight': ['BF16', [5, 2]],
        'm.b.lora_A.weight': ['F32', [2, 4]],
        'm.b.lora_B.weight': ['F32', [4, 2]],
      },
      { sandbox: 'true' },
    );
    expect(describeAdapter(header, expected)).toEqual({
      ok: true,
      adapter: {
        rank: 2,
        dtypes: ['BF16', 'F32'],
        tensorCount: 4,
        parameters: 6 + 10 + 8 + 8,
        metadata: { sandbox: 'true' },
      },
    });
  });

  it('describes an adapter in the names of Kohya, with alphas', () => {
    const header = adapter({
      'm.a.alpha': ['F32', []],
      'm.a.lora_down.weight': ['F16', [2, 3]],
      'm.a.lora_up.weight': ['F16', [5, 2]],
    });
    expect(describeAdapter(header, expected)).toEqual({
      ok: true,
      adapter: { rank: 2, dtypes: ['F16', 'F32'], tensorCount: 3, parameters: 16, metadata: {} },
    });
  });

  const a: [string, number[]] = ['BF16', [2, 3]];
  const b: [string, number[]] = ['BF16', [5, 2]];
  it.each<[string, Record<string, [string, number[]]>, AdapterFault]>([
    ['another prefix', { 'n.a.lora_A.weight': a, 'n.a.lora_B.weight': b }, 'wrong_keys'],
    [
      'one tensor with another prefix',
      { 'm.a.lora_A.weight': a, 'm.a.lora_B.weight': b, 'x.lora_A.weight': a },
      'wrong_keys',
    ],
    ['a merged model', { 'm.a.weight': a }, 'wrong_keys'],
    ['no module name', { 'm.lora_A.weight': a, 'm.lora_B.weight': b }, 'wrong_keys'],
    ['nothing but the prefix', { 'm..lora_A.weight': a, 'm..lora_B.weight': b }, 'wrong_keys'],
    [
      'whole numbers',
      { 'm.a.lora_A.weight': ['I32', [2, 3]], 'm.a.lora_B.weight': b },
      'wrong_dtype',
    ],
    ['A without B', { 'm.a.lora_A.weight': a }, 'unpaired'],
    ['B without A', { 'm.a.lora_B.weight': b }, 'unpaired'],
    ['A and up', { 'm.a.lora_A.weight': a, 'm.a.lora_up.weight': b }, 'unpaired'],
    [
      'A and down',
      { 'm.a.lora_A.weight': a, 'm.a.lora_down.weight': a, 'm.a.lora_B.weight': b },
      'unpaired',
    ],
    ['an alpha alone', { 'm.a.alpha': ['F32', []] }, 'unpaired'],
    [
      'an alpha with two values',
      { 'm.a.alpha': ['F32', [2]], 'm.a.lora_A.weight': a, 'm.a.lora_B.weight': b },
      'wrong_shape',
    ],
    [
      'A and B that do not multiply',
      { 'm.a.lora_A.weight': a, 'm.a.lora_B.weight': ['BF16', [5, 3]] },
      'wrong_shape',
    ],
    [
      'three dimensions',
      { 'm.a.lora_A.weight': ['BF16', [2, 3, 1]], 'm.a.lora_B.weight': b },
      'wrong_shape',
    ],
    ['no dimension', { 'm.a.lora_A.weight': ['BF16', []], 'm.a.lora_B.weight': b }, 'wrong_shape'],
    [
      'an empty half',
      { 'm.a.lora_A.weight': ['BF16', [2, 0]], 'm.a.lora_B.weight': b },
      'wrong_shape',
    ],
    [
      'rank zero',
      { 'm.a.lora_A.weight': ['BF16', [0, 3]], 'm.a.lora_B.weight': ['BF16', [5, 0]] },
      'wrong_shape',
    ],
    [
      'two ranks',
      {
        'm.a.lora_A.weight': a,
        'm.a.lora_B.weight': b,
        'm.b.lora_A.weight': ['BF16', [4, 3]],
        'm.b.lora_B.weight': ['BF16', [5, 4]],
      },
      'mixed_rank',
    ],
    [
      'another rank',
      { 'm.a.lora_A.weight': ['BF16', [4, 3]], 'm.a.lora_B.weight': ['BF16', [5, 4]] },
      'wrong_rank',
    ],
  ])('refuses %s', (_name, entries, reason) => {
    expect(describeAdapter(adapter(entries), expected)).toEqual({ ok: false, reason });
  });
});
