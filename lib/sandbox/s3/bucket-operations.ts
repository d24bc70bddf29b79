import { type Operation, sendEmpty, sendXml } from './exchange.ts';
import { readText } from './request-body.ts';
import { S3Error } from './s3-error.ts';
import { encodeStrictly } from './signature.ts';
import { type XmlFields, xmlBlocks, xmlTexts } from './xml.ts';

/** Most keys of one list or one multi-delete. */
const pageSize = 1000;

export const listBuckets: Operation = async ({ store, response }) => {
  const names = await store.objects.buckets();
  sendXml(response, 'ListAllMyBucketsResult', {
    Buckets: { Bucket: names.map((Name) => ({ Name })) },
  });
};

export const createBucket: Operation = async ({ store, response, bucket, openBody }) => {
  await readText(openBody());
  await store.objects.createBucket(bucket);
  sendEmpty(response, 200, { location: `/${bucket}` });
};

export const headBucket: Operation = async ({ store, response, bucket }) => {
  await store.objects.bucketFolder(bucket);
  sendEmpty(response, 200);
};

export const deleteBucket: Operation = async ({ store, response, bucket }) => {
  await store.objects.removeBucket(bucket);
  sendEmpty(response, 204);
};

/** ListObjectsV2: pages of at most 1,000 keys and common prefixes, in key order. */
export const listObjects: Operation = async ({ store, response, bucket, query }) => {
  await store.objects.bucketFolder(bucket);
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const token = query.get('continuation-token');
  const after = token
    ? Buffer.from(token, 'base64url').toString('utf8')
    : (query.get('start-after') ?? '');
  const maxKeys = Math.min(readMaxKeys(query.get('max-keys')), pageSize);
  const encode = query.get('encoding-type') === 'url' ? encodeStrictly : (text: string) => text;

  const keys = await store.objects.keys(bucket, prefix);
  const page = pageOf(keys, { prefix, delimiter, after, maxKeys });
  const contents: XmlFields[] = [];
  for (const key of page.keys) {
    const record = await store.objects.find(bucket, key);
    // Removed since the folder was read: S3's list would not show it either.
    if (record === null) continue;
    contents.push({
      Key: encode(key),
      LastModified: record.lastModified,
      ETag: `"${record.etag}"`,
      Size: record.bytes,
      StorageClass: 'STANDARD',
    });
  }
  sendXml(response, 'ListBucketResult', {
    Name: bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: maxKeys,
    EncodingType: query.get('encoding-type'),
    KeyCount: contents.length + page.commonPrefixes.length,
    IsTruncated: page.last !== null,
    ContinuationToken: token,
    NextContinuationToken:
      page.last === null ? undefined : Buffer.from(page.last).toString('base64url'),
    StartAfter: query.get('start-after'),
    Contents: contents,
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  });
};

/** DeleteObjects: up to 1,000 keys; a key that is not there counts as deleted. */
export const deleteObjects: Operation = async ({ store, response, bucket, openBody }) => {
  await store.objects.bucketFolder(bucket);
  const xml = await readText(openBody());
  const keys = xmlBlocks(xml, 'Object').flatMap((object) => xmlTexts(object, 'Key'));
  if (keys.length === 0 || keys.length > pageSize) {
    throw new S3Error('MalformedXML', 'Name between 1 and 1000 objects.');
  }
  await store.objects.remove(bucket, keys);
  const quiet = xmlTexts(xml, 'Quiet')[0] === 'true';
  sendXml(response, 'DeleteResult', { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
};

function readMaxKeys(value: string | undefined): number {
  if (value === undefined) return pageSize;
  if (!/^\d{1,9}$/.test(value)) throw new S3Error('InvalidArgument', 'max-keys is no number.');
  return Number(value);
}

interface Page {
  keys: string[];
  commonPrefixes: string[];
  /** The last key or common prefix when more follow, else null. */
  last: string | null;
}

function pageOf(
  sortedKeys: string[],
  options: { prefix: string; delimiter: string; after: string; maxKeys: number },
): Page {
  const { prefix, delimiter, after, maxKeys } = options;
  const afterBytes = Buffer.from(after);
  const page: Page = { keys: [], commonPrefixes: [], last: null };
  let last: string | null = null;
  for (const key of sortedKeys) {
    if (after !== '' && Buffer.from(key).compare(afterBytes) <= 0) continue;
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const common = end === -1 ? null : key.slice(0, end + delimiter.length);
    // A common prefix is shown once, also when the last page ended with it.
    if (common !== null && (common === last || common === after)) continue;
    if (page.keys.length + page.commonPrefixes.length === maxKeys) {
      return { ...page, last };
    }
    if (common === null) page.keys.push(key);
    else page.commonPrefixes.push(common);
    last = common ?? key;
  }
  return page;
}
