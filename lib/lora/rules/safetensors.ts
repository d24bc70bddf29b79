/**
 * Reads and checks the header of a safetensors file from its first bytes and its size alone, so
 * that a file in the store is judged by one ranged read. Pure: bytes in, verdict out.
 * Format: 8 bytes little-endian header length N, N bytes of JSON, then the tensors' bytes.
 */

/** An adapter's header is below 200 kB (some 1,200 tensors); more is not an adapter. */
export const maxHeaderBytes = 4 * 1024 * 1024;

const lengthBytes = 8;

/** Bytes per element. The sub-byte types of newer writers are not used for adapters. */
const dtypeBytes: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E4M3', 1],
  ['F8_E5M2', 1],
  ['U16', 2],
  ['I16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['U32', 4],
  ['I32', 4],
  ['F32', 4],
  ['U64', 8],
  ['I64', 8],
  ['F64', 8],
]);

export interface Tensor {
  name: string;
  dtype: string;
  shape: readonly number[];
  /** Byte range in the data section, end exclusive. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  tensors: readonly Tensor[];
  /** Untrusted text from the file's maker. */
  metadata: Readonly<Record<string, string>>;
  headerBytes: number;
  dataBytes: number;
}

/** Why a file is not a sound safetensors file. */
export type HeaderFault =
  /** Not even room for a header. */
  | 'too_small'
  /** Another format: a pickle, a zip, a page of HTML, anything that does not open with `{`. */
  | 'not_safetensors'
  /** Longer than `maxHeaderBytes`, or than the file. */
  | 'header_too_large'
  /** The caller read less than `headerBytesNeeded` says. */
  | 'header_incomplete'
  | 'not_json'
  /** The format forbids it, because two readers could see two different files. */
  | 'duplicate_key'
  | 'bad_metadata'
  /** An entry that is not exactly `{ dtype, shape, data_offsets }`. */
  | 'bad_tensor'
  | 'no_tensors'
  | 'unknown_dtype'
  /** Shape and dtype ask for another number of bytes than the range has. */
  | 'shape_mismatch'
  | 'gap_or_overlap'
  /** The file is longer or shorter than its header says. */
  | 'size_mismatch';

export type HeaderVerdict =
  | { ok: true; header: SafetensorsHeader }
  | { ok: false; reason: HeaderFault };

/**
 * How many bytes from the start of the file `readSafetensorsHeader` needs, told from the first 8;
 * null when those 8 cannot open a safetensors file (`readSafetensorsHeader` then says why).
 */
export function headerBytesNeeded(first8: Uint8Array): number | null {
  if (first8.byteLength < lengthBytes) return null;
  const headerLength = readLength(first8);
  return headerLength < 2 || headerLength > maxHeaderBytes ? null : lengthBytes + headerLength;
}

/**
 * Judges the file of `fileBytes` bytes that opens with `firstBytes` (at least `headerBytesNeeded`
 * of them; more does no harm). Accepts only a file every reader understands alike: known dtypes,
 * shapes that fit their bytes, tensors that cover the data without gap or overlap to the last byte.
 */
export function readSafetensorsHeader(firstBytes: Uint8Array, fileBytes: number): HeaderVerdict {
  if (fileBytes < lengthBytes + 2 || firstBytes.byteLength < lengthBytes) return no('too_small');
  const headerLength = readLength(firstBytes);
  if (headerLength > maxHeaderBytes || headerLength > fileBytes - lengthBytes) {
    return no(opensLikeAnotherFormat(firstBytes) ? 'not_safetensors' : 'header_too_large');
  }
  if (headerLength < 2) return no('not_safetensors');
  const headerEnd = lengthBytes + headerLength;
  if (firstBytes.byteLength < headerEnd) return no('header_incomplete');
  if (firstBytes[lengthBytes] !== 0x7b /* { */) return no('not_safetensors');

  let text: string;
  let parsed: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      firstBytes.subarray(lengthBytes, headerEnd),
    );
    parsed = JSON.parse(text);
  } catch {
    return no('not_json');
  }
  if (!isRecord(parsed)) return no('not_json');
  if (hasDuplicateKeys(text)) return no('duplicate_key');

  const tensors: Tensor[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(parsed)) {
    if (name === '__metadata__') {
      if (!isTextRecord(entry)) return no('bad_metadata');
      metadata = entry;
      continue;
    }
    const tensor = readTensor(name, entry);
    if (typeof tensor === 'string') return no(tensor);
    tensors.push(tensor);
  }
  if (tensors.length === 0) return no('no_tensors');
  if (!hasPlainIntegersOnly(text)) return no('bad_tensor');

  tensors.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let dataBytes = 0;
  for (const tensor of tensors) {
    if (tensor.begin !== dataBytes) return no('gap_or_overlap');
    dataBytes = tensor.end;
  }
  if (headerEnd + dataBytes !== fileBytes) return no('size_mismatch');
  return { ok: true, header: { tensors, metadata, headerBytes: headerEnd, dataBytes } };
}

/** What the adapter of a base model must look like. */
export interface ExpectedAdapter {
  /** Every key starts with it. */
  keyPrefix: string;
  rank: number;
}

export interface AdapterDescription {
  rank: number;
  /** For example `['BF16']`, sorted. */
  dtypes: readonly string[];
  tensorCount: number;
  /** Numbers in the file, alphas not counted. */
  parameters: number;
  /** Untrusted text from the file's maker. */
  metadata: Readonly<Record<string, string>>;
}

/** Why a sound safetensors file is not the adapter that was ordered. */
export type AdapterFault =
  /** A key without the prefix, or one that is no adapter weight at all (a merged model, say). */
  | 'wrong_keys'
  | 'wrong_dtype'
  /** A without B, B without A, or the halves of two naming schemes. */
  | 'unpaired'
  /** Not two matrices that can be multiplied. */
  | 'wrong_shape'
  | 'mixed_rank'
  | 'wrong_rank';

export type AdapterVerdict =
  | { ok: true; adapter: AdapterDescription }
  | { ok: false; reason: AdapterFault };

/** The halves of a pair by suffix: PEFT's names and Kohya's. */
const suffixes = [
  { suffix: '.lora_A.weight', scheme: 'peft', half: 'down' },
  { suffix: '.lora_B.weight', scheme: 'peft', half: 'up' },
  { suffix: '.lora_down.weight', scheme: 'kohya', half: 'down' },
  { suffix: '.lora_up.weight', scheme: 'kohya', half: 'up' },
  { suffix: '.alpha', scheme: 'any', half: 'alpha' },
] as const;

const adapterDtypes: ReadonlySet<string> = new Set(['F16', 'BF16', 'F32']);

interface Pair {
  down?: Tensor;
  up?: Tensor;
  alpha?: Tensor;
  schemes: Set<'peft' | 'kohya'>;
}

/**
 * Pairs the tensors of a sound header and compares them with what was ordered. Whether the
 * weights mean anything cannot be told without the file's body.
 */
export function describeAdapter(
  header: SafetensorsHeader,
  expected: ExpectedAdapter,
): AdapterVerdict {
  const pairs = new Map<string, Pair>();
  for (const tensor of header.tensors) {
    const part = suffixes.find(({ suffix }) => tensor.name.endsWith(suffix));
    if (!part || !tensor.name.startsWith(expected.keyPrefix)) return no('wrong_keys');
    const module = tensor.name.slice(expected.keyPrefix.length, -part.suffix.length);
    if (module === '') return no('wrong_keys');
    if (!adapterDtypes.has(tensor.dtype)) return no('wrong_dtype');
    const pair = pairs.get(module) ?? { schemes: new Set() };
    if (pair[part.half]) return no('unpaired');
    pair[part.half] = tensor;
    if (part.scheme !== 'any') pair.schemes.add(part.scheme);
    pairs.set(module, pair);
  }

  const ranks = new Set<number>();
  let parameters = 0;
  for (const { down, up, alpha, schemes } of pairs.values()) {
    if (!down || !up || schemes.size !== 1) return no('unpaired');
    if (alpha && elements(alpha.shape) !== 1) return no('wrong_shape');
    const rank = down.shape[0];
    if (down.shape.length !== 2 || up.shape.length !== 2) return no('wrong_shape');
    if (!rank || rank !== up.shape[1]) return no('wrong_shape');
    const count = elements(down.shape) + elements(up.shape);
    if (elements(down.shape) === 0 || elements(up.shape) === 0) return no('wrong_shape');
    ranks.add(rank);
    parameters += count;
  }
  const [rank, ...otherRanks] = ranks;
  if (rank === undefined || otherRanks.length > 0) return no('mixed_rank');
  if (rank !== expected.rank) return no('wrong_rank');
  return {
    ok: true,
    adapter: {
      rank,
      dtypes: [...new Set(header.tensors.map(({ dtype }) => dtype))].sort(),
      tensorCount: header.tensors.length,
      parameters,
      metadata: header.metadata,
    },
  };
}

function no<Reason extends HeaderFault | AdapterFault>(reason: Reason) {
  return { ok: false as const, reason };
}

function readLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
  return Number(view.getBigUint64(0, true));
}

/** Zip (torch's own format), pickle, or HTML: told apart from a merely damaged length. */
function opensLikeAnotherFormat(bytes: Uint8Array): boolean {
  const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const pickle = bytes[0] === 0x80 && (bytes[1] ?? 0) >= 2 && (bytes[1] ?? 0) <= 5;
  const printable = bytes
    .subarray(0, lengthBytes)
    .every(
      (byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d,
    );
  return zip || pickle || printable;
}

function readTensor(
  name: string,
  entry: unknown,
): Tensor | 'bad_tensor' | 'unknown_dtype' | 'shape_mismatch' {
  if (!isRecord(entry) || Object.keys(entry).length !== 3) return 'bad_tensor';
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets)) return 'bad_tensor';
  const [begin, end] = offsets;
  if (offsets.length !== 2 || begin === undefined || end === undefined || end < begin) {
    return 'bad_tensor';
  }
  const bytesEach = dtypeBytes.get(dtype);
  if (bytesEach === undefined) return 'unknown_dtype';
  if (elements(shape) * bytesEach !== end - begin) return 'shape_mismatch';
  return { name, dtype, shape, begin, end };
}

function elements(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTextRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

const quoted = '"[^"\\\\]*(?:\\\\.[^"\\\\]*)*"';
const keysAndBraces = new RegExp(`(${quoted})\\s*:|${quoted}|[{}]`, 'g');
const quotedText = new RegExp(quoted, 'g');

/** `JSON.parse` keeps the last of two equal keys and says nothing. `text` is valid JSON. */
function hasDuplicateKeys(text: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, key] of text.matchAll(keysAndBraces)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (key !== undefined) {
      const keys = open.at(-1);
      const name: string = JSON.parse(key);
      if (keys?.has(name)) return true;
      keys?.add(name);
    }
  }
  return false;
}

/** `1.0`, `1e3` and `-0` are whole numbers to JavaScript and errors to other readers. */
function hasPlainIntegersOnly(text: string): boolean {
  return /^[\s\d{}[\]:,]*$/.test(text.replaceAll(quotedText, ''));
}
