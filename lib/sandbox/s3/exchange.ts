import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MultipartUploads } from './multipart-uploads.ts';
import type { ObjectFiles } from './object-files.ts';
import type { RequestBody } from './request-body.ts';
import { type XmlFields, xmlDocument } from './xml.ts';

/** The store an operation works on. */
export interface Store {
  objects: ObjectFiles;
  uploads: MultipartUploads;
}

/** One verified request and the response to it. */
export interface Exchange {
  store: Store;
  request: IncomingMessage;
  response: ServerResponse;
  bucket: string;
  /** Empty for requests about the bucket. */
  key: string;
  query: Map<string, string>;
  /** Opens the body; a request that is refused before this is never asked to send it. */
  openBody(): RequestBody;
}

/** What answers one kind of request; throws `S3Error` to refuse. */
export type Operation = (exchange: Exchange) => Promise<void>;

export function sendXml(response: ServerResponse, root: string, fields: XmlFields): void {
  const body = xmlDocument(root, fields);
  response.writeHead(200, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  response.writeHead(
    status,
    status === 204 || status === 304 ? headers : { 'content-length': 0, ...headers },
  );
  response.end();
}
