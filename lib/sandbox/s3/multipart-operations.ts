import { type Exchange, type Operation, sendEmpty, sendXml } from './exchange.ts';
import { headersToKeep, writeCondition } from './object-operations.ts';
import { readText } from './request-body.ts';
import { S3Error } from './s3-error.ts';
import { xmlBlocks, xmlTexts } from './xml.ts';

const mostParts = 10_000;

export const createMultipartUpload: Operation = async ({
  store,
  request,
  response,
  bucket,
  key,
}) => {
  const id = await store.uploads.create(bucket, key, headersToKeep(request.headers));
  sendXml(response, 'InitiateMultipartUploadResult', { Bucket: bucket, Key: key, UploadId: id });
};

export const uploadPart: Operation = async (exchange) => {
  const { store, response, bucket, key } = exchange;
  const id = uploadId(exchange);
  const number = Number(exchange.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > mostParts) {
    throw new S3Error('InvalidArgument', `Part number must be between 1 and ${mostParts}.`);
  }
  await store.uploads.demand(bucket, key, id);
  const body = exchange.openBody();
  const file = await store.objects.incoming.receive(body.chunks, 'passing');
  const part = await store.uploads.putPart(bucket, key, id, number, file, body.digests());
  sendEmpty(response, 200, { etag: `"${part.etag}"`, ...part.checksums });
};

export const completeMultipartUpload: Operation = async (exchange) => {
  const { store, request, response, bucket, key } = exchange;
  const xml = await readText(exchange.openBody());
  const parts = xmlBlocks(xml, 'Part').map((part) => ({
    number: Number(xmlTexts(part, 'PartNumber')[0]),
    etag: (xmlTexts(part, 'ETag')[0] ?? '').replaceAll('"', ''),
  }));
  if (parts.length === 0 || parts.length > mostParts) {
    throw new S3Error('MalformedXML', 'Name at least one part.');
  }
  const record = await store.uploads.complete(
    bucket,
    key,
    uploadId(exchange),
    parts,
    writeCondition(request.headers),
  );
  sendXml(response, 'CompleteMultipartUploadResult', {
    Location: `/${bucket}/${key}`,
    Bucket: bucket,
    Key: key,
    ETag: `"${record.etag}"`,
  });
};

export const abortMultipartUpload: Operation = async (exchange) => {
  await exchange.store.uploads.abort(exchange.bucket, exchange.key, uploadId(exchange));
  sendEmpty(exchange.response, 204);
};

/** ListParts, all on one page up to `max-parts`. */
export const listParts: Operation = async (exchange) => {
  const { store, response, bucket, key, query } = exchange;
  const after = Number(query.get('part-number-marker') ?? 0);
  const maxParts = Math.min(Number(query.get('max-parts') ?? 1000), 1000);
  const parts = await store.uploads.parts(bucket, key, uploadId(exchange));
  const following = parts.filter((part) => part.number > after);
  const page = following.slice(0, maxParts);
  sendXml(response, 'ListPartsResult', {
    Bucket: bucket,
    Key: key,
    UploadId: uploadId(exchange),
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.number,
    MaxParts: maxParts,
    IsTruncated: following.length > page.length,
    Part: page.map((part) => ({
      PartNumber: part.number,
      LastModified: part.lastModified,
      ETag: `"${part.etag}"`,
      Size: part.bytes,
    })),
  });
};

/** ListMultipartUploads: the open ones under a prefix. */
export const listMultipartUploads: Operation = async ({ store, response, bucket, query }) => {
  if (query.has('delimiter')) {
    throw new S3Error('NotImplemented', 'A delimiter is not supported here.');
  }
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const maxUploads = Math.min(Number(query.get('max-uploads') ?? 1000), 1000);
  const following = (await store.uploads.open(bucket)).filter(
    ({ key, id }) =>
      key.startsWith(prefix) &&
      (keyMarker === '' || key > keyMarker || (key === keyMarker && idMarker && id > idMarker)),
  );
  const page = following.slice(0, maxUploads);
  sendXml(response, 'ListMultipartUploadsResult', {
    Bucket: bucket,
    Prefix: prefix,
    KeyMarker: keyMarker,
    UploadIdMarker: idMarker,
    NextKeyMarker: page.at(-1)?.key,
    NextUploadIdMarker: page.at(-1)?.id,
    MaxUploads: maxUploads,
    IsTruncated: following.length > page.length,
    Upload: page.map(({ key, id, startedAt }) => ({
      Key: key,
      UploadId: id,
      Initiated: startedAt,
    })),
  });
};

function uploadId({ query }: Exchange): string {
  return query.get('uploadId') ?? '';
}
