import { randomBytes } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import {
  createBucket,
  deleteBucket,
  deleteObjects,
  headBucket,
  listBuckets,
  listObjects,
} from './bucket-operations.ts';
import {
  answerPreflight,
  deleteBucketCors,
  getBucketCors,
  grantCors,
  putBucketCors,
} from './cors.ts';
import type { Operation, Store } from './exchange.ts';
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart-operations.ts';
import { MultipartUploads } from './multipart-uploads.ts';
import { ObjectFiles } from './object-files.ts';
import { copyObject, deleteObject, getObject, headObject, putObject } from './object-operations.ts';
import { openRequestBody } from './request-body.ts';
import { S3Error } from './s3-error.ts';
import { type Credentials, verifySignature } from './signature.ts';
import { xmlDocument } from './xml.ts';

const idleSocketMs = 120_000;
const closeGraceMs = 5_000;

/** Parts of S3 that are not here. Named, so that none is mistaken for a plain GET or PUT. */
const unsupported = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'encryption',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'tagging',
  'torrent',
  'versionId',
  'versioning',
  'versions',
  'website',
];

interface Target {
  path: string;
  query: [name: string, value: string][];
  bucket: string;
  key: string;
}

/**
 * An S3-compatible object store on this machine, path style, one pair of credentials, objects as
 * files below `directory`. For development, tests and the installation without any account; it
 * checks signatures, expiry and checksums as strictly as the store it stands in for. Rejects with
 * the system's error (EADDRINUSE and so on) when it cannot listen. Port 0 takes a free one.
 */
export async function startS3Server(options: {
  port: number;
  host?: string;
  directory: string;
  accessKeyId: string;
  secretAccessKey: string;
}): Promise<{ url: string; close(): Promise<void> }> {
  const objects = new ObjectFiles(options.directory);
  const store: Store = { objects, uploads: new MultipartUploads(objects) };
  let markReady = () => {};
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 0 });
  server.timeout = idleSocketMs;
  const serve = async (request: IncomingMessage, response: ServerResponse, onBody: () => void) => {
    await ready;
    await answer(store, options, request, response, onBody);
  };
  server.on('request', (request, response) => void serve(request, response, () => {}));
  server.on('checkContinue', (request, response) => {
    void serve(request, response, () => response.writeContinue());
  });

  // Listen first: who holds the port holds the directory, and recovery empties parts of it.
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  try {
    await objects.recover();
    await store.uploads.removeAbandoned();
  } catch (error) {
    server.close();
    throw error;
  }
  markReady();

  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        const hurry = setTimeout(() => server.closeAllConnections(), closeGraceMs);
        server.close(() => {
          clearTimeout(hurry);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

async function answer(
  store: Store,
  credentials: Credentials,
  request: IncomingMessage,
  response: ServerResponse,
  onBody: () => void,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', requestId);
  let isSending = request.headers.expect === undefined;
  try {
    const target = readTarget(request.url ?? '/');
    const { bucket, key } = target;
    if (request.method === 'OPTIONS') {
      await answerPreflight(store.objects, bucket, request, response);
      return;
    }
    await grantCors(store.objects, bucket, request, response);
    const { payloadHash } = verifySignature(
      { ...target, method: request.method ?? '', headers: request.headersDistinct },
      credentials,
      new Date(),
    );
    const query = new Map(target.query);
    const operation = chooseOperation(request, bucket, key, query);
    const openBody = () => {
      const source = request.iterator({ destroyOnReturn: false });
      const body = openRequestBody(source, request.headers, payloadHash);
      isSending = true;
      onBody();
      return body;
    };
    await operation({ store, request, response, bucket, key, query, openBody });
  } catch (error) {
    if (isSending) await readToTheEnd(request);
    refuse(request, response, requestId, error);
  }
}

/** Splits a path-style URL by hand: `new URL` would resolve the dots that a key may hold. */
function readTarget(url: string): Target {
  const [rawPath = '', ...rawQuery] = url.split('?');
  try {
    const path = decodeURIComponent(rawPath);
    const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
    const query = rawQuery
      .join('?')
      .split('&')
      .filter((pair) => pair !== '')
      .map((pair): [string, string] => {
        const [name = '', ...value] = pair.split('=');
        return [decodeURIComponent(name), decodeURIComponent(value.join('='))];
      });
    return { path, query, bucket, key };
  } catch {
    throw new S3Error('InvalidURI', 'The specified URI could not be parsed.');
  }
}

/** What may be asked of one place, by method. */
type Operations = Partial<Record<string, Operation>>;

function chooseOperation(
  request: IncomingMessage,
  bucket: string,
  key: string,
  query: Map<string, string>,
): Operation {
  const missing = unsupported.find((name) => query.has(name));
  if (missing) throw new S3Error('NotImplemented', `?${missing} is not supported here.`);
  const operations: Operations =
    bucket === ''
      ? { GET: listBuckets }
      : key === ''
        ? bucketOperations(request.method, query)
        : objectOperations(request.headers, query);
  const operation = operations[request.method ?? ''];
  if (operation) return operation;
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed here.');
}

function bucketOperations(method: string | undefined, query: Map<string, string>): Operations {
  if (query.has('cors')) {
    return { PUT: putBucketCors, GET: getBucketCors, DELETE: deleteBucketCors };
  }
  if (query.has('delete')) return { POST: deleteObjects };
  if (query.has('uploads')) return { GET: listMultipartUploads };
  if (method === 'GET' && query.get('list-type') !== '2') {
    throw new S3Error('NotImplemented', 'Of the lists, only ListObjectsV2 is supported here.');
  }
  return { PUT: createBucket, GET: listObjects, HEAD: headBucket, DELETE: deleteBucket };
}

function objectOperations(headers: IncomingHttpHeaders, query: Map<string, string>): Operations {
  const isCopy = headers['x-amz-copy-source'] !== undefined;
  if (query.has('uploadId')) {
    if (isCopy) throw new S3Error('NotImplemented', 'UploadPartCopy is not supported here.');
    return {
      PUT: uploadPart,
      POST: completeMultipartUpload,
      DELETE: abortMultipartUpload,
      GET: listParts,
    };
  }
  if (query.has('uploads')) return { POST: createMultipartUpload };
  if (query.has('partNumber')) {
    throw new S3Error('NotImplemented', 'Reading by part number is not supported here.');
  }
  return {
    PUT: isCopy ? copyObject : putObject,
    GET: getObject,
    HEAD: headObject,
    DELETE: deleteObject,
  };
}

/**
 * Leaves nothing unread, or the next request on this connection never is. To be done before the
 * answer: Node's client stops sending at an early one, and then waits for ever.
 */
async function readToTheEnd(request: IncomingMessage): Promise<void> {
  request.resume();
  await finished(request).catch(() => {});
}

/** Answers with S3's error document, or ends the connection when the answer has begun. */
function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  error: unknown,
): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (!(error instanceof S3Error)) console.error('The object store failed:', error);
  const refusal =
    error instanceof S3Error ? error : new S3Error('InternalError', 'We encountered an error.');
  const document = xmlDocument('Error', {
    Code: refusal.code,
    Message: refusal.message,
    Resource: request.url?.split('?')[0],
    RequestId: requestId,
  });
  response.writeHead(refusal.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(document),
  });
  response.end(request.method === 'HEAD' ? undefined : document);
}
