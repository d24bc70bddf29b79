import { PassThrough, Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type CORSRule,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetBucketCorsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { DomainError } from '../errors.ts';
import { attachment } from './content-disposition.ts';
import type { Storage, StoredObject, StoredPart } from './storage.ts';

export interface S3StorageConfig {
  /** Where the server reaches the store; unset is AWS. */
  endpoint?: string;
  /** Where browsers and GPUs reach it, when that is another address. */
  publicEndpoint?: string;
  region: string;
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  forcePathStyle: boolean;
}

const partBytes = 8 * 1024 ** 2;
const partsInFlight = 4;
const keysPerDelete = 1000;
const longestPutSeconds = 600;
const longestGetSeconds = 7 * 24 * 60 * 60;
const connectMs = 5_000;
/** How long nothing at all may come or go, also in the middle of a transfer. */
const idleMs = 60_000;
/** For calls that are answered at once: whoever waits for them is a person or a lease. */
const quick = { requestTimeout: 15_000 };
const corsRuleId = 'likeness';

/**
 * The object store over S3 (AWS, R2, MinIO, the embedded server). Every call has a timeout and
 * three tries. Links are signed for `publicEndpoint`, since others than we follow them.
 *
 * `presignPut` and `presignPart` also sign Content-Length; it is not among `headers` because every
 * HTTP client sets it by itself and browsers let nobody else. `read` of a range past the end is an empty stream.
 */
export function createS3Storage(
  config: S3StorageConfig,
): Storage & { ensureBucket(allowedOrigins: string[]): Promise<void> } {
  const client = new S3Client(clientConfig(config, config.endpoint));
  const linkClient = new S3Client(clientConfig(config, config.publicEndpoint ?? config.endpoint));
  const Bucket = config.bucket;

  return {
    async presignPut(key, body, expiresInSeconds) {
      demandSeconds(expiresInSeconds, longestPutSeconds);
      demandBytes(body.bytes);
      const headers: Record<string, string> = { 'content-type': body.contentType };
      const checksum = body.sha256 === undefined ? undefined : sha256ToBase64(body.sha256);
      if (checksum !== undefined) headers['x-amz-checksum-sha256'] = checksum;
      const command = new PutObjectCommand({
        Bucket,
        Key: key,
        ContentLength: body.bytes,
        ContentType: body.contentType,
        ChecksumSHA256: checksum,
      });
      const url = await getSignedUrl(linkClient, command, {
        expiresIn: expiresInSeconds,
        // The presigner leaves content-type unsigned and moves x-amz-* into the query, where stores
        // do not hold the body against it.
        signableHeaders: new Set(['content-type']),
        unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
      });
      return { url, headers };
    },

    async presignGet(key, { expiresInSeconds, fileName, contentType }) {
      demandSeconds(expiresInSeconds, longestGetSeconds);
      const command = new GetObjectCommand({
        Bucket,
        Key: key,
        ResponseContentDisposition: fileName === undefined ? undefined : attachment(fileName),
        ResponseContentType: contentType,
      });
      return getSignedUrl(linkClient, command, { expiresIn: expiresInSeconds });
    },

    async head(key) {
      try {
        const found = await client.send(new HeadObjectCommand({ Bucket, Key: key }), quick);
        return {
          key,
          bytes: found.ContentLength ?? 0,
          contentType: found.ContentType ?? null,
          lastModified: found.LastModified ?? new Date(0),
        };
      } catch (error) {
        if (statusOf(error) === 404) return null;
        throw unavailable(error);
      }
    },

    async read(key, range) {
      if (range && !(range.start >= 0 && range.end >= range.start)) {
        throw new RangeError('A byte range starts at 0 or later and ends where it starts or later');
      }
      const Range = range && `bytes=${range.start}-${range.end}`;
      try {
        const { Body } = await client.send(
          new GetObjectCommand({ Bucket, Key: key, Range }),
          quick,
        );
        return asStorageStream(Body);
      } catch (error) {
        if (nameOf(error) === 'NoSuchKey') {
          throw new DomainError('NOT_FOUND', {}, { cause: error });
        }
        if (range && statusOf(error) === 416) return Readable.from([]);
        throw unavailable(error);
      }
    },

    async write(key, body, contentType) {
      const target = { Bucket, Key: key, ContentType: contentType };
      if (body instanceof Uint8Array) {
        const command = new PutObjectCommand({ ...target, Body: body });
        await client.send(command).catch(throwUnavailable);
        return { bytes: body.byteLength };
      }
      const source = countedSource(body);
      const upload = new Upload({
        client,
        params: { ...target, Body: source.stream },
        partSize: partBytes,
        queueSize: partsInFlight,
      });
      try {
        await upload.done();
      } catch (error) {
        body.destroy();
        // What the sender did wrong is not the store's fault.
        throw source.failure() ?? unavailable(error);
      }
      return { bytes: source.bytes() };
    },

    async remove(keys) {
      for (let first = 0; first < keys.length; first += keysPerDelete) {
        const Objects = keys.slice(first, first + keysPerDelete).map((Key) => ({ Key }));
        const command = new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } });
        const { Errors = [] } = await client.send(command).catch(throwUnavailable);
        const refused = Errors.find(({ Code }) => Code !== 'NoSuchKey');
        if (refused) {
          throw unavailable(new Error(`${refused.Code} for ${refused.Key}: ${refused.Message}`));
        }
      }
    },

    async *list(prefix) {
      let ContinuationToken: string | undefined;
      do {
        const command = new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken });
        const page = await client.send(command, quick).catch(throwUnavailable);
        for (const object of page.Contents ?? []) {
          yield {
            key: object.Key ?? '',
            bytes: object.Size ?? 0,
            contentType: null,
            lastModified: object.LastModified ?? new Date(0),
          } satisfies StoredObject;
        }
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    },

    async createUpload(key, contentType) {
      const command = new CreateMultipartUploadCommand({
        Bucket,
        Key: key,
        ContentType: contentType,
      });
      const { UploadId } = await client.send(command, quick).catch(throwUnavailable);
      if (!UploadId) throw unavailable(new Error('The store named no upload'));
      return UploadId;
    },

    async presignPart(key, uploadId, part, expiresInSeconds) {
      demandSeconds(expiresInSeconds, longestPutSeconds);
      demandBytes(part.bytes);
      const command = new UploadPartCommand({
        Bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: part.number,
        ContentLength: part.bytes,
      });
      const url = await getSignedUrl(linkClient, command, { expiresIn: expiresInSeconds });
      return { url, headers: {} };
    },

    async listParts(key, uploadId) {
      const parts: StoredPart[] = [];
      let PartNumberMarker: string | undefined;
      try {
        do {
          const command = new ListPartsCommand({
            Bucket,
            Key: key,
            UploadId: uploadId,
            PartNumberMarker,
          });
          const page = await client.send(command, quick);
          for (const { PartNumber = 0, Size = 0, ETag = '' } of page.Parts ?? []) {
            parts.push({ number: PartNumber, bytes: Size, etag: ETag });
          }
          PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
        } while (PartNumberMarker !== undefined);
      } catch (error) {
        if (nameOf(error) === 'NoSuchUpload') return null;
        throw unavailable(error);
      }
      return parts;
    },

    async completeUpload(key, uploadId, parts) {
      const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
      const command = new CompleteMultipartUploadCommand({
        Bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: { Parts },
      });
      await client.send(command).catch((error) => {
        if (nameOf(error) === 'NoSuchUpload') {
          throw new DomainError('NOT_FOUND', {}, { cause: error });
        }
        throw unavailable(error);
      });
    },

    async abortUpload(key, uploadId) {
      const command = new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId });
      await client.send(command, quick).catch((error) => {
        if (nameOf(error) !== 'NoSuchUpload') throw unavailable(error);
      });
    },

    async *listUploads(prefix) {
      let KeyMarker: string | undefined;
      let UploadIdMarker: string | undefined;
      do {
        const command = new ListMultipartUploadsCommand({
          Bucket,
          Prefix: prefix,
          KeyMarker,
          UploadIdMarker,
        });
        const page = await client.send(command, quick).catch(throwUnavailable);
        for (const { Key = '', UploadId = '', Initiated = new Date(0) } of page.Uploads ?? []) {
          yield { key: Key, uploadId: UploadId, startedAt: Initiated };
        }
        KeyMarker = page.IsTruncated ? page.NextKeyMarker : undefined;
        UploadIdMarker = page.NextUploadIdMarker;
      } while (KeyMarker !== undefined);
    },

    /**
     * Creates the bucket when there is none and lets browsers of `allowedOrigins` upload to it and
     * read from it. Rules of others stay. A store that forbids us either is left as it is.
     */
    async ensureBucket(allowedOrigins) {
      const exists = await client.send(new HeadBucketCommand({ Bucket }), quick).then(
        () => true,
        (error) => {
          if (statusOf(error) === 404) return false;
          // HEAD has no body to tell why; the next call does.
          if (statusOf(error) === 403) return true;
          throw unavailable(error);
        },
      );
      if (!exists) {
        await client
          .send(new CreateBucketCommand({ Bucket }), quick)
          .catch((error) => ifForbidden(error, null));
      }
      const present = await client.send(new GetBucketCorsCommand({ Bucket }), quick).then(
        ({ CORSRules = [] }) => CORSRules,
        (error) => {
          if (nameOf(error) === 'NoSuchCORSConfiguration') return [];
          return ifForbidden(error, null);
        },
      );
      // Rules we may not read we must not replace.
      if (present === null) return;
      const others = present.filter(({ ID }) => ID !== corsRuleId);
      const CORSRules = [...others, corsRule(allowedOrigins)];
      await client
        .send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }), quick)
        .catch((error) => ifForbidden(error, null));
    },
  };
}

function clientConfig(config: S3StorageConfig, endpoint: string | undefined): S3ClientConfig {
  return {
    endpoint,
    region: config.region,
    forcePathStyle: config.forcePathStyle,
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    maxAttempts: 3,
    // With checksums "when supported" a presigned PUT carries the CRC32 of an empty body, and some
    // stores refuse the trailers. Our bodies are covered by the signed SHA-256 anyway.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Otherwise each part opens a connection of its own.
    expectContinueHeader: false,
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: idleMs,
      throwOnRequestTimeout: true,
    },
  };
}

function corsRule(allowedOrigins: string[]): CORSRule {
  return {
    ID: corsRuleId,
    AllowedOrigins: allowedOrigins,
    AllowedMethods: ['GET', 'HEAD', 'PUT'],
    AllowedHeaders: ['content-type', 'range', 'x-amz-checksum-sha256'],
    ExposeHeaders: ['ETag', 'Retry-After'],
    MaxAgeSeconds: 3600,
  };
}

/** The body as one stream that counts itself and remembers its own failure. */
function countedSource(body: Readable) {
  let bytes = 0;
  let failure: unknown = null;
  async function* counted() {
    try {
      for await (const chunk of body) {
        const buffer: Uint8Array = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        bytes += buffer.byteLength;
        yield buffer;
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  return {
    stream: Readable.from(counted(), { objectMode: false }),
    bytes: () => bytes,
    failure: () => failure,
  };
}

/** Passes the body on; a connection that breaks in the middle is STORAGE_UNAVAILABLE too. */
function asStorageStream(body: unknown): Readable {
  if (!(body instanceof Readable)) throw new TypeError('The store sent no stream');
  const stream = new PassThrough();
  body.on('error', (error) => stream.destroy(unavailable(error)));
  stream.on('close', () => body.destroy());
  return body.pipe(stream);
}

function sha256ToBase64(hex: string): string {
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new RangeError('A SHA-256 has 64 lower-case hex digits');
  return Buffer.from(hex, 'hex').toString('base64');
}

function demandBytes(bytes: number): void {
  if (!Number.isSafeInteger(bytes) || bytes < 0) {
    throw new RangeError('A body has a whole number of bytes');
  }
}

function demandSeconds(seconds: number, most: number): void {
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > most) {
    throw new RangeError(`A link lives 1 to ${most} seconds`);
  }
}

function unavailable(cause: unknown): DomainError {
  return new DomainError('STORAGE_UNAVAILABLE', {}, { cause });
}

function throwUnavailable(error: unknown): never {
  throw unavailable(error);
}

/** `value` when the store only does not let us or cannot; anything else is a real failure. */
function ifForbidden<Value>(error: unknown, value: Value): Value {
  const tolerated = [
    'AccessDenied',
    'BucketAlreadyExists',
    'BucketAlreadyOwnedByYou',
    'MethodNotAllowed',
    'NotImplemented',
  ];
  if (tolerated.includes(nameOf(error) ?? '')) return value;
  throw unavailable(error);
}

function nameOf(error: unknown): string | null {
  return error instanceof Error ? error.name : null;
}

function statusOf(error: unknown): number | null {
  return error instanceof S3ServiceException ? (error.$metadata.httpStatusCode ?? null) : null;
}
