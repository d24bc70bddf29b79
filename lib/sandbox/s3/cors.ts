import { rename, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type Operation, sendEmpty, sendXml } from './exchange.ts';
import { type ObjectFiles, readIfThere } from './object-files.ts';
import { readText } from './request-body.ts';
import { S3Error } from './s3-error.ts';
import { xmlBlocks, xmlTexts } from './xml.ts';

interface CorsRule {
  id: string | null;
  origins: string[];
  methods: string[];
  headers: string[];
  exposed: string[];
  maxAgeSeconds: number | null;
}

export const putBucketCors: Operation = async ({ store, response, bucket, openBody }) => {
  const folder = await store.objects.bucketFolder(bucket);
  const xml = await readText(openBody());
  const rules = xmlBlocks(xml, 'CORSRule').map((rule): CorsRule => {
    const age = xmlTexts(rule, 'MaxAgeSeconds')[0];
    return {
      id: xmlTexts(rule, 'ID')[0] ?? null,
      origins: xmlTexts(rule, 'AllowedOrigin'),
      methods: xmlTexts(rule, 'AllowedMethod'),
      headers: xmlTexts(rule, 'AllowedHeader').map((header) => header.toLowerCase()),
      exposed: xmlTexts(rule, 'ExposeHeader'),
      maxAgeSeconds: age === undefined ? null : Number(age),
    };
  });
  if (rules.length === 0 || rules.some((rule) => !rule.origins.length || !rule.methods.length)) {
    throw new S3Error('MalformedXML', 'A CORS rule needs an origin and a method.');
  }
  const file = await store.objects.incoming.receive([Buffer.from(JSON.stringify(rules))]);
  await rename(file.path, join(folder, 'cors.json'));
  sendEmpty(response, 200);
};

export const getBucketCors: Operation = async ({ store, response, bucket }) => {
  await store.objects.bucketFolder(bucket);
  const rules = await readRules(store.objects, bucket);
  if (rules.length === 0) {
    throw new S3Error('NoSuchCORSConfiguration', 'The CORS configuration does not exist.');
  }
  sendXml(response, 'CORSConfiguration', {
    CORSRule: rules.map((rule) => ({
      ID: rule.id ?? undefined,
      AllowedOrigin: rule.origins,
      AllowedMethod: rule.methods,
      AllowedHeader: rule.headers,
      ExposeHeader: rule.exposed,
      MaxAgeSeconds: rule.maxAgeSeconds ?? undefined,
    })),
  });
};

export const deleteBucketCors: Operation = async ({ store, response, bucket }) => {
  await rm(join(await store.objects.bucketFolder(bucket), 'cors.json'), { force: true });
  sendEmpty(response, 204);
};

/** Adds the CORS headers that the bucket's rules grant to a request with an Origin. */
export async function grantCors(
  objects: ObjectFiles,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers;
  if (origin === undefined) return;
  const rule = (await readRules(objects, bucket)).find((candidate) =>
    allows(candidate, origin, request.method ?? ''),
  );
  if (rule) setCorsHeaders(response, rule, origin);
}

/** Answers a browser's preflight; AccessForbidden when no rule of the bucket fits. */
export async function answerPreflight(
  objects: ObjectFiles,
  bucket: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { origin } = request.headers;
  const method = request.headers['access-control-request-method'];
  if (origin === undefined || method === undefined) {
    throw new S3Error('InvalidRequest', 'A preflight needs Origin and a requested method.');
  }
  const requested = (request.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((header) => header.trim().toLowerCase())
    .filter((header) => header !== '');
  const rule = (await readRules(objects, bucket)).find(
    (candidate) =>
      allows(candidate, origin, method) &&
      requested.every((header) => candidate.headers.some((pattern) => matches(pattern, header))),
  );
  if (!rule) {
    throw new S3Error('AccessForbidden', 'CORSResponse: This CORS request is not allowed.');
  }
  setCorsHeaders(response, rule, origin);
  if (requested.length > 0)
    response.setHeader('access-control-allow-headers', requested.join(', '));
  if (rule.maxAgeSeconds !== null) {
    response.setHeader('access-control-max-age', rule.maxAgeSeconds);
  }
  sendEmpty(response, 200);
}

function allows(rule: CorsRule, origin: string, method: string): boolean {
  return rule.methods.includes(method) && rule.origins.some((pattern) => matches(pattern, origin));
}

/** One `*` stands for any text, as in S3. */
function matches(pattern: string, text: string): boolean {
  const [head = '', tail] = pattern.split('*');
  if (tail === undefined) return pattern === text;
  return text.length >= head.length + tail.length && text.startsWith(head) && text.endsWith(tail);
}

function setCorsHeaders(response: ServerResponse, rule: CorsRule, origin: string): void {
  response.setHeader('access-control-allow-origin', rule.origins.includes('*') ? '*' : origin);
  response.setHeader('access-control-allow-methods', rule.methods.join(', '));
  if (rule.exposed.length > 0) {
    response.setHeader('access-control-expose-headers', rule.exposed.join(', '));
  }
  response.setHeader(
    'vary',
    'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  );
}

/** No bucket, no rules: whether one exists is told only to who may know. */
async function readRules(objects: ObjectFiles, bucket: string): Promise<CorsRule[]> {
  if (!(await objects.hasBucket(bucket))) return [];
  const text = await readIfThere(join(await objects.bucketFolder(bucket), 'cors.json'));
  return text === null ? [] : (JSON.parse(text) as CorsRule[]);
}
