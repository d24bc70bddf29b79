import { createHash } from 'node:crypto';
import { type IncomingHttpHeaders, validateHeaderValue } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { hashed } from './checksums.ts';
import { type Exchange, type Operation, sendEmpty, sendXml } from './exchange.ts';
import type { ObjectRecord, WriteCondition } from './object-files.ts';
import { S3Error } from './s3-error.ts';

/** Headers an object keeps and gives back, and the query parameter that overrides each on GET. */
const keptHeaders = {
  'cache-control': 'response-cache-control',
  'content-disposition': 'response-content-disposition',
  'content-encoding': 'response-content-encoding',
  'content-language': 'response-content-language',
  'content-type': 'response-content-type',
  expires: 'response-expires',
};

/** Inclusive byte offsets. */
interface Range {
  start: number;
  end: number;
}

export const putObject: Operation = async (exchange) => {
  const { store, request, response, bucket, key } = exchange;
  await store.objects.bucketFolder(bucket);
  const condition = writeCondition(request.headers);
  // Refused before the body is sent; asked again when it is in.
  condition(await store.objects.find(bucket, key));
  const body = exchange.openBody();
  const file = await store.objects.incoming.receive(body.chunks);
  const { md5, checksums } = body.digests();
  const record = await store.objects.put(
    bucket,
    key,
    { file, etag: md5, headers: headersToKeep(request.headers), checksums },
    condition,
  );
  sendEmpty(response, 200, { etag: `"${record.etag}"`, ...record.checksums });
};

/** CopyObject, within the server; metadata is copied too unless the directive says REPLACE. */
export const copyObject: Operation = async ({ store, request, response, bucket, key }) => {
  await store.objects.bucketFolder(bucket);
  const source = readCopySource(String(request.headers['x-amz-copy-source']));
  await store.objects.bucketFolder(source.bucket);
  const found = await store.objects.open(source.bucket, source.key);
  if (found === null) throw noSuchKey();
  const { record: original } = found;
  const md5 = createHash('md5');
  const stream = found.file.createReadStream({ highWaterMark: 1024 ** 2 });
  const file = await store.objects.incoming.receive(hashed(stream, md5));
  const replaced = request.headers['x-amz-metadata-directive'] === 'REPLACE';
  const record = await store.objects.put(
    bucket,
    key,
    {
      file,
      etag: md5.digest('hex'),
      headers: replaced ? headersToKeep(request.headers) : original.headers,
      checksums: original.checksums,
    },
    writeCondition(request.headers),
  );
  sendXml(response, 'CopyObjectResult', {
    ETag: `"${record.etag}"`,
    LastModified: record.lastModified,
  });
};

export const getObject: Operation = async ({ store, request, response, bucket, key, query }) => {
  await store.objects.bucketFolder(bucket);
  const found = await store.objects.open(bucket, key);
  if (found === null) throw noSuchKey();
  const { record, file } = found;
  try {
    if (isNotModified(request.headers, record)) {
      sendEmpty(response, 304, { etag: `"${record.etag}"` });
      return;
    }
    const range = readRange(request.headers.range, record.bytes);
    const headers = { ...responseHeaders(request.headers, record), ...overrides(query) };
    response.writeHead(range === null ? 200 : 206, { ...headers, ...lengthHeaders(range, record) });
    if (record.bytes === 0) {
      response.end();
      return;
    }
    const stream = file.createReadStream({
      start: range?.start ?? 0,
      end: range?.end ?? record.bytes - 1,
      highWaterMark: 256 * 1024,
      autoClose: false,
    });
    await pipeline(stream, response);
  } finally {
    await file.close();
  }
};

export const headObject: Operation = async ({ store, request, response, bucket, key }) => {
  await store.objects.bucketFolder(bucket);
  const record = await store.objects.find(bucket, key);
  if (record === null) throw noSuchKey();
  if (isNotModified(request.headers, record)) {
    sendEmpty(response, 304, { etag: `"${record.etag}"` });
    return;
  }
  const range = readRange(request.headers.range, record.bytes);
  sendEmpty(response, range === null ? 200 : 206, {
    ...responseHeaders(request.headers, record),
    ...lengthHeaders(range, record),
  });
};

export const deleteObject: Operation = async ({ store, response, bucket, key }) => {
  await store.objects.bucketFolder(bucket);
  await store.objects.remove(bucket, [key]);
  sendEmpty(response, 204);
};

/** `If-None-Match: *` and `If-Match: <etag>` on a write. */
export function writeCondition(headers: IncomingHttpHeaders): WriteCondition {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined && noneMatch !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match takes only * on a write.');
  }
  return (current) => {
    if (match !== undefined && current === null) throw noSuchKey();
    if (
      (noneMatch === '*' && current !== null) ||
      (match !== undefined && current !== null && !etagMatches(match, current.etag))
    ) {
      throw preconditionFailed();
    }
  };
}

/** The request's headers that belong to the object. */
export function headersToKeep(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && (name in keptHeaders || name.startsWith('x-amz-meta-'))) {
      kept[name] = value;
    }
  }
  // The framing of the upload is not an encoding of the object.
  const encodings = kept['content-encoding']
    ?.split(',')
    .filter((one) => one.trim() !== 'aws-chunked');
  if (encodings?.length) kept['content-encoding'] = encodings.join(',').trim();
  else delete kept['content-encoding'];
  return kept;
}

function responseHeaders(
  requestHeaders: IncomingHttpHeaders,
  record: ObjectRecord,
): Record<string, string> {
  return {
    ...record.headers,
    etag: `"${record.etag}"`,
    'last-modified': new Date(record.lastModified).toUTCString(),
    'accept-ranges': 'bytes',
    // A checksum is of the whole object: with a range a client would hold it against a part.
    ...(requestHeaders['x-amz-checksum-mode'] === 'ENABLED' && !requestHeaders.range
      ? record.checksums
      : {}),
  };
}

function lengthHeaders(range: Range | null, record: ObjectRecord): Record<string, string> {
  if (range === null) return { 'content-length': String(record.bytes) };
  return {
    'content-length': String(range.end - range.start + 1),
    'content-range': `bytes ${range.start}-${range.end}/${record.bytes}`,
  };
}

function overrides(query: Exchange['query']): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(keptHeaders)) {
    const value = query.get(parameter);
    if (value === undefined) continue;
    try {
      validateHeaderValue(name, value);
    } catch {
      throw new S3Error('InvalidArgument', `${parameter} holds a character no header can.`);
    }
    headers[name] = value;
  }
  return headers;
}

/** `bytes=a-b`, `bytes=a-`, `bytes=-n`; anything else is ignored, as HTTP asks. */
function readRange(value: string | undefined, bytes: number): Range | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(value ?? '') ?? [];
  if (first === '' && last === '') return null;
  if (first !== '' && last !== '' && Number(last) < Number(first)) return null;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (start > end) {
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable.');
  }
  return { start, end };
}

/** Conditional GET (RFC 9110, section 13.2.2); throws PreconditionFailed. */
function isNotModified(headers: IncomingHttpHeaders, record: ObjectRecord): boolean {
  const modified = Date.parse(record.lastModified);
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (match !== undefined) {
    if (!etagMatches(match, record.etag)) throw preconditionFailed();
  } else if (modified > Date.parse(headers['if-unmodified-since'] ?? '')) {
    throw preconditionFailed();
  }
  if (noneMatch !== undefined) return etagMatches(noneMatch, record.etag);
  return modified <= Date.parse(headers['if-modified-since'] ?? '');
}

function etagMatches(list: string, etag: string): boolean {
  return list.split(',').some((one) => {
    const wanted = one.trim().replace(/^W\//, '').replaceAll('"', '');
    return wanted === '*' || wanted === etag;
  });
}

function readCopySource(value: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^\/?([^/]+)\/(.+)$/s.exec(decode(value)) ?? [];
  if (bucket === '') {
    throw new S3Error('InvalidArgument', 'x-amz-copy-source must be bucket and key.');
  }
  return { bucket, key };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new S3Error('InvalidArgument', 'x-amz-copy-source is not URL encoded.');
  }
}

function noSuchKey(): S3Error {
  return new S3Error('NoSuchKey', 'The specified key does not exist.');
}

function preconditionFailed(): S3Error {
  return new S3Error(
    'PreconditionFailed',
    'At least one of the pre-conditions you specified did not hold.',
  );
}
