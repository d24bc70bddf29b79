import type { IncomingHttpHeaders } from 'node:http';
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  type Digest,
  startDigest,
} from './checksums.ts';
import { decodeAwsChunks } from './chunked-body.ts';
import { S3Error } from './s3-error.ts';

/** S3's own limit for one PUT. */
const largestBodyBytes = 5 * 1024 ** 3;
const trailerPayload = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** A body whose every promise is checked by the time its last chunk has been read. */
export interface RequestBody {
  chunks: AsyncIterable<Buffer>;
  /** `x-amz-checksum-*` header names and base64 values; complete once `chunks` is read. */
  checksums: Record<string, string>;
}

interface Check {
  digest: Digest;
  /** Asked after the last chunk, because trailers come last. */
  promised(): string | undefined;
  onMismatch(): S3Error;
  headerName?: string;
}

/**
 * The payload of a request, framing removed. While it is read it is held against its declared
 * length, the signed payload hash, Content-MD5 and any `x-amz-checksum-*` in header or trailer;
 * a difference throws `S3Error` after the last chunk, so nothing may be kept before the end.
 */
export function openRequestBody(
  source: AsyncIterable<Buffer>,
  headers: IncomingHttpHeaders,
  payloadHash: string,
): RequestBody {
  const chunked = payloadHash === trailerPayload;
  if (payloadHash.startsWith('STREAMING-') && !chunked) {
    throw new S3Error('NotImplemented', `${payloadHash} is not supported here.`);
  }
  const expectedBytes = declaredLength(
    chunked ? headers['x-amz-decoded-content-length'] : headers['content-length'],
  );
  const trailers = new Map<string, string>();
  const checks = requiredChecks(headers, payloadHash, trailers);
  const checksums: Record<string, string> = {};
  const payload = chunked ? decodeAwsChunks(source, trailers) : source;
  return { chunks: checked(payload, expectedBytes, checks, checksums), checksums };
}

/** The whole payload as text, for the XML documents; at most 8 MiB. */
export async function readText(body: RequestBody): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body.chunks) {
    bytes += chunk.length;
    if (bytes > 8 * 1024 ** 2) throw new S3Error('EntityTooLarge', 'The document is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function declaredLength(value: string | string[] | undefined): number {
  if (typeof value !== 'string' || !/^\d{1,15}$/.test(value)) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  const bytes = Number(value);
  if (bytes > largestBodyBytes) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size.');
  }
  return bytes;
}

function requiredChecks(
  headers: IncomingHttpHeaders,
  payloadHash: string,
  trailers: Map<string, string>,
): Check[] {
  const checks: Check[] = [];
  if (/^[0-9a-f]{64}$/.test(payloadHash)) {
    const promised = Buffer.from(payloadHash, 'hex').toString('base64');
    checks.push({
      digest: startDigest('sha256'),
      promised: () => promised,
      onMismatch: () =>
        new S3Error(
          'XAmzContentSHA256Mismatch',
          'The provided x-amz-content-sha256 header does not match what was computed.',
        ),
    });
  } else if (payloadHash !== 'UNSIGNED-PAYLOAD' && payloadHash !== trailerPayload) {
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 must be a hash or a known keyword.');
  }
  const contentMd5 = headers['content-md5'];
  if (typeof contentMd5 === 'string') {
    if (Buffer.from(contentMd5, 'base64').length !== 16) {
      throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
    }
    checks.push({
      digest: startDigest('md5'),
      promised: () => contentMd5,
      onMismatch: () =>
        new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.'),
    });
  }
  const announced = String(headers['x-amz-trailer'] ?? '').toLowerCase();
  for (const algorithm of checksumAlgorithms) {
    const name = `x-amz-checksum-${algorithm}`;
    const inHeader = headers[name];
    if (typeof inHeader === 'string') {
      checks.push(checksumCheck(algorithm, () => inHeader));
    } else if (announced.split(/\s*,\s*/).includes(name)) {
      checks.push(checksumCheck(algorithm, () => trailers.get(name)));
    }
  }
  if (headers['x-amz-checksum-crc64nvme'] || announced.includes('crc64nvme')) {
    throw new S3Error('NotImplemented', 'CRC64NVME is not supported here.');
  }
  return checks;
}

function checksumCheck(algorithm: ChecksumAlgorithm, promised: () => string | undefined): Check {
  return {
    digest: startDigest(algorithm),
    promised,
    headerName: `x-amz-checksum-${algorithm}`,
    onMismatch: () =>
      new S3Error(
        'BadDigest',
        `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
      ),
  };
}

async function* checked(
  payload: AsyncIterable<Buffer>,
  expectedBytes: number,
  checks: Check[],
  checksums: Record<string, string>,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of payload) {
    bytes += chunk.length;
    if (bytes > expectedBytes) break;
    for (const check of checks) check.digest.update(chunk);
    yield chunk;
  }
  if (bytes !== expectedBytes) {
    throw new S3Error('IncompleteBody', 'The body is not as long as its declared length.');
  }
  for (const check of checks) {
    const promised = check.promised();
    if (promised === undefined) {
      throw new S3Error('MalformedTrailerError', 'A trailer that was announced did not come.');
    }
    if (check.digest.base64() !== promised) throw check.onMismatch();
    if (check.headerName) checksums[check.headerName] = promised;
  }
}
