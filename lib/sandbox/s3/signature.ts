import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { S3Error } from './s3-error.ts';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What a signature covers, as it came over the wire. */
export interface SignedRequest {
  method: string;
  /** Decoded path, starting with a slash. */
  path: string;
  query: [name: string, value: string][];
  headers: NodeJS.Dict<string[]>;
}

/** The `x-amz-content-sha256` the signature vouches for: a hash or one of S3's keywords. */
export interface VerifiedRequest {
  payloadHash: string;
}

interface Claim {
  accessKeyId: string;
  /** `date/region/service/aws4_request`. */
  scope: string;
  amzDate: string;
  signedHeaders: string[];
  signature: string;
  payloadHash: string;
}

const algorithm = 'AWS4-HMAC-SHA256';
const skewMs = 15 * 60 * 1000;
const longestLinkSeconds = 7 * 24 * 60 * 60;

/**
 * Checks Signature Version 4, in the Authorization header or in the query of a presigned link.
 * Throws `S3Error`: AccessDenied (anonymous, expired, an `x-amz-*` header outside the signature),
 * InvalidAccessKeyId, RequestTimeTooSkewed, SignatureDoesNotMatch, or malformed.
 */
export function verifySignature(
  request: SignedRequest,
  credentials: Credentials,
  now: Date,
): VerifiedRequest {
  const query = new Map(request.query);
  const authorization = header(request, 'authorization');
  const presigned = query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm');
  if (authorization !== null && presigned) {
    throw new S3Error('InvalidArgument', 'Only one auth mechanism allowed.');
  }
  if (authorization === null && !presigned) throw new S3Error('AccessDenied', 'Access Denied');

  const claim =
    authorization === null
      ? readLink(request, query, now)
      : readHeader(request, authorization, now);
  if (claim.accessKeyId !== credentials.accessKeyId) {
    throw new S3Error('InvalidAccessKeyId', 'The access key id does not exist in our records.');
  }
  demandSignedHeaders(request, claim);
  const expected = sign(request, claim, credentials.secretAccessKey);
  if (!sameSignature(expected, claim.signature)) {
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  return { payloadHash: claim.payloadHash };
}

function readHeader(request: SignedRequest, authorization: string, now: Date): Claim {
  const match =
    /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!match) {
    throw new S3Error('AuthorizationHeaderMalformed', 'The authorization header is malformed.');
  }
  const [, accessKeyId = '', scope = '', signedHeaders = '', signature = ''] = match;
  const amzDate = header(request, 'x-amz-date') ?? '';
  const signedAt = demandScope(scope, amzDate, 'AuthorizationHeaderMalformed');
  if (Math.abs(now.getTime() - signedAt.getTime()) > skewMs) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
    );
  }
  const payloadHash = header(request, 'x-amz-content-sha256');
  if (payloadHash === null) {
    throw new S3Error('InvalidRequest', 'Missing required header: x-amz-content-sha256.');
  }
  return {
    accessKeyId,
    scope,
    amzDate,
    signedHeaders: signedHeaders.split(';'),
    signature,
    payloadHash,
  };
}

function readLink(request: SignedRequest, query: Map<string, string>, now: Date): Claim {
  const malformed = (message: string) => new S3Error('AuthorizationQueryParametersError', message);
  const parameter = (name: string) => {
    const value = query.get(name);
    if (!value) throw malformed(`Query-string authentication requires ${name}.`);
    return value;
  };
  if (parameter('X-Amz-Algorithm') !== algorithm)
    throw malformed(`Only ${algorithm} is supported.`);
  const [accessKeyId = '', ...scope] = parameter('X-Amz-Credential').split('/');
  const amzDate = parameter('X-Amz-Date');
  const signedAt = demandScope(scope.join('/'), amzDate, 'AuthorizationQueryParametersError');
  const expiresSeconds = Number(parameter('X-Amz-Expires'));
  if (
    !Number.isInteger(expiresSeconds) ||
    expiresSeconds < 1 ||
    expiresSeconds > longestLinkSeconds
  ) {
    throw malformed('X-Amz-Expires must be between 1 second and 7 days.');
  }
  if (signedAt.getTime() - now.getTime() > skewMs) {
    throw new S3Error('AccessDenied', 'Request is not valid yet.');
  }
  if (now.getTime() > signedAt.getTime() + expiresSeconds * 1000) {
    throw new S3Error('AccessDenied', 'Request has expired.');
  }
  return {
    accessKeyId,
    scope: scope.join('/'),
    amzDate,
    signedHeaders: parameter('X-Amz-SignedHeaders').split(';'),
    signature: parameter('X-Amz-Signature'),
    payloadHash:
      header(request, 'x-amz-content-sha256') ??
      query.get('X-Amz-Content-Sha256') ??
      'UNSIGNED-PAYLOAD',
  };
}

/** The instant of `amzDate`; refuses a scope of another day or another service. */
function demandScope(
  scope: string,
  amzDate: string,
  code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError',
): Date {
  const [, day, time] = /^(\d{8})T(\d{6})Z$/.exec(amzDate) ?? [];
  if (!day || !time) throw new S3Error(code, 'The date of the signature is missing or malformed.');
  if (!/^\d{8}\/[^/]+\/s3\/aws4_request$/.test(scope) || !scope.startsWith(`${day}/`)) {
    throw new S3Error(code, 'The credential is malformed; expecting date/region/s3/aws4_request.');
  }
  const iso = `${day}T${time}Z`.replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const date = new Date(iso);
  if (Number.isNaN(date.getTime()))
    throw new S3Error(code, 'The date of the signature is no date.');
  return date;
}

/** `host` and every `x-amz-*` header must be signed, or anyone could add one to a link. */
function demandSignedHeaders(request: SignedRequest, claim: Claim): void {
  const mandatory = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-'));
  for (const name of ['host', ...mandatory]) {
    if (!claim.signedHeaders.includes(name)) {
      throw new S3Error(
        'AccessDenied',
        `There were headers present in the request which were not signed: ${name}`,
      );
    }
  }
}

function sign(request: SignedRequest, claim: Claim, secretAccessKey: string): Buffer {
  const canonicalQuery = request.query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encodeStrictly(name)}=${encodeStrictly(value)}`)
    .sort()
    .join('&');
  const canonicalHeaders = claim.signedHeaders
    .map((name) => `${name}:${(header(request, name) ?? '').replace(/[ \t]+/g, ' ').trim()}\n`)
    .join('');
  const canonicalRequest = [
    request.method,
    request.path.split('/').map(encodeStrictly).join('/'),
    canonicalQuery,
    canonicalHeaders,
    claim.signedHeaders.join(';'),
    claim.payloadHash,
  ].join('\n');
  const stringToSign = [
    algorithm,
    claim.amzDate,
    claim.scope,
    createHash('sha256').update(canonicalRequest).digest('hex'),
  ].join('\n');
  const signingKey = claim.scope
    .split('/')
    .reduce<Buffer | string>((key, part) => hmac(key, part), `AWS4${secretAccessKey}`);
  return hmac(signingKey, stringToSign);
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sameSignature(expected: Buffer, given: string): boolean {
  const bytes = Buffer.from(given, 'hex');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function header(request: SignedRequest, name: string): string | null {
  return request.headers[name]?.join(',') ?? null;
}

/** RFC 3986: everything but unreserved characters is escaped. */
export function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
