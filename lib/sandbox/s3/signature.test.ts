import { describe, expect, it } from 'vitest';
import { type SignedRequest, verifySignature } from './signature.ts';

/**
 * The worked examples of Amazon's own documentation (Signature Version 4 for S3): credentials,
 * requests and the signatures they must have.
 */
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const signedAt = new Date('2013-05-24T00:00:00Z');
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const getWithRange: SignedRequest = {
  method: 'GET',
  path: '/test.txt',
  query: [],
  headers: {
    host: ['examplebucket.s3.amazonaws.com'],
    authorization: [
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,' +
        'Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    range: ['bytes=0-9'],
    'x-amz-content-sha256': [emptyHash],
    'x-amz-date': ['20130524T000000Z'],
  },
};

const put: SignedRequest = {
  method: 'PUT',
  path: '/test$file.text',
  query: [],
  headers: {
    date: ['Fri, 24 May 2013 00:00:00 GMT'],
    host: ['examplebucket.s3.amazonaws.com'],
    authorization: [
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class,' +
        'Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    'x-amz-content-sha256': ['44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'],
    'x-amz-date': ['20130524T000000Z'],
    'x-amz-storage-class': ['REDUCED_REDUNDANCY'],
  },
};

const list: SignedRequest = {
  method: 'GET',
  path: '/',
  query: [
    ['max-keys', '2'],
    ['prefix', 'J'],
  ],
  headers: {
    host: ['examplebucket.s3.amazonaws.com'],
    authorization: [
      'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,' +
        'SignedHeaders=host;x-amz-content-sha256;x-amz-date,' +
        'Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
    'x-amz-content-sha256': [emptyHash],
    'x-amz-date': ['20130524T000000Z'],
  },
};

const link: SignedRequest = {
  method: 'GET',
  path: '/test.txt',
  query: [
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'],
    ['X-Amz-Date', '20130524T000000Z'],
    ['X-Amz-Expires', '86400'],
    ['X-Amz-SignedHeaders', 'host'],
    ['X-Amz-Signature', 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404'],
  ],
  headers: { host: ['examplebucket.s3.amazonaws.com'] },
};

function withHeader(request: SignedRequest, name: string, value: string): SignedRequest {
  return { ...request, headers: { ...request.headers, [name]: [value] } };
}

function withParameter(request: SignedRequest, name: string, value: string): SignedRequest {
  const query = request.query.filter(([other]) => other !== name);
  return { ...request, query: [...query, [name, value]] };
}

function at(iso: string): Date {
  return new Date(iso);
}

describe('Signature Version 4', () => {
  it.each([
    ['GET with a range', getWithRange, emptyHash],
    ['PUT', put, '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072'],
    ['list', list, emptyHash],
    ['presigned GET', link, 'UNSIGNED-PAYLOAD'],
  ])("accepts Amazon's example: %s", (_, request, payloadHash) => {
    expect(verifySignature(request, credentials, signedAt)).toEqual({ payloadHash });
  });

  it.each<[string, SignedRequest, Date, string]>([
    ['no signature', { ...link, query: [] }, signedAt, 'AccessDenied'],
    [
      'two signatures',
      withHeader(link, 'authorization', getWithRange.headers.authorization?.[0] ?? ''),
      signedAt,
      'InvalidArgument',
    ],
    ['another method', { ...link, method: 'PUT' }, signedAt, 'SignatureDoesNotMatch'],
    ['another path', { ...link, path: '/test.txt/' }, signedAt, 'SignatureDoesNotMatch'],
    ['another query', withParameter(list, 'prefix', 'K'), signedAt, 'SignatureDoesNotMatch'],
    [
      'another header',
      withHeader(getWithRange, 'range', 'bytes=0-99'),
      signedAt,
      'SignatureDoesNotMatch',
    ],
    [
      'another payload',
      withHeader(put, 'x-amz-content-sha256', emptyHash),
      signedAt,
      'SignatureDoesNotMatch',
    ],
    ['another host', withHeader(link, 'host', 'example.com'), signedAt, 'SignatureDoesNotMatch'],
    [
      'an added header of S3',
      withHeader(link, 'x-amz-acl', 'public-read'),
      signedAt,
      'AccessDenied',
    ],
    [
      'a shorter signature',
      withParameter(link, 'X-Amz-Signature', 'aeee'),
      signedAt,
      'SignatureDoesNotMatch',
    ],
    [
      'an unknown key',
      withParameter(link, 'X-Amz-Credential', 'AKIA/20130524/us-east-1/s3/aws4_request'),
      signedAt,
      'InvalidAccessKeyId',
    ],
    [
      'a longer life',
      withParameter(link, 'X-Amz-Expires', '604800'),
      signedAt,
      'SignatureDoesNotMatch',
    ],
    [
      'a life of more than a week',
      withParameter(link, 'X-Amz-Expires', '604801'),
      signedAt,
      'AuthorizationQueryParametersError',
    ],
    [
      'a scope of another day',
      withParameter(link, 'X-Amz-Date', '20130525T000000Z'),
      signedAt,
      'AuthorizationQueryParametersError',
    ],
    [
      'nonsense for a header',
      withHeader(getWithRange, 'authorization', 'Basic abc'),
      signedAt,
      'AuthorizationHeaderMalformed',
    ],
    ['a link a second after its end', link, at('2013-05-25T00:00:01Z'), 'AccessDenied'],
    ['a link of tomorrow', link, at('2013-05-23T23:44:59Z'), 'AccessDenied'],
    ['a request of long ago', getWithRange, at('2013-05-24T00:15:01Z'), 'RequestTimeTooSkewed'],
    ['a request of the future', getWithRange, at('2013-05-23T23:44:59Z'), 'RequestTimeTooSkewed'],
  ])('refuses %s', (_, request, now, code) => {
    expect(() => verifySignature(request, credentials, now)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('accepts a link until its last second', () => {
    expect(() => verifySignature(link, credentials, at('2013-05-25T00:00:00Z'))).not.toThrow();
  });

  it('refuses another secret', () => {
    const wrong = { ...credentials, secretAccessKey: 'guess' };
    expect(() => verifySignature(link, wrong, signedAt)).toThrow(
      expect.objectContaining({ code: 'SignatureDoesNotMatch' }),
    );
  });
});
