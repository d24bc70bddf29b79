import type { APIRequest, APIRequestContext, APIResponse } from '@playwright/test';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createApiToken } from '../lib/accounts/create-api-token.ts';
import { type OperationId, operations } from '../lib/api/rules/catalogue.ts';
import type { Operation } from '../lib/api/rules/operation.ts';
import { creatorContext } from '../lib/context.ts';
import type { ErrorCode } from '../lib/errors.ts';
import { expect } from './fixtures.ts';

// biome-ignore lint/suspicious/noExplicitAny: checked against the document, read by the story
type Json = any;

export interface Asked {
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  /** The Idempotency-Key. */
  key?: string;
  headers?: Record<string, string>;
}

export interface Told {
  status: number;
  body: Json;
  headers: Record<string, string>;
}

/** A program that knows nothing but a token and the document, and believes no answer unchecked. */
export class ApiClient {
  readonly #http: APIRequestContext;
  readonly #document: Json;
  readonly #ajv: Ajv2020;
  readonly #checks = new Map<string, ValidateFunction>();

  private constructor(http: APIRequestContext, document: Json) {
    this.#http = http;
    this.#document = document;
    this.#ajv = new Ajv2020({ strict: true, allowUnionTypes: true });
    addFormats.default(this.#ajv);
    const shapes = inPlace(document.components.schemas);
    this.#ajv.addSchema({ $id: 'https://document/shapes', $defs: shapes });
  }

  /** With a fresh token of that creator, or with none. */
  static async open(
    request: APIRequest,
    creatorId: string | null,
    headers: Record<string, string> = {},
  ): Promise<ApiClient> {
    const token = creatorId && (await tokenOf(creatorId)).token;
    const http = await request.newContext({
      baseURL: process.env.BASE_URL,
      extraHTTPHeaders: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    });
    const document = await http.get('/api/openapi.json');
    expect(document.status()).toBe(200);
    return new ApiClient(http, await document.json());
  }

  /** Asks for an operation; the answer has been held against the document. */
  async ask(id: OperationId, asked: Asked = {}): Promise<Told> {
    const operation: Operation = operations[id];
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name) =>
      encodeURIComponent(asked.params?.[name] ?? ''),
    );
    const response = await this.#http.fetch(path, {
      method: operation.method,
      params: asked.query,
      data: asked.body,
      maxRedirects: 0,
      headers: { ...(asked.key && { 'idempotency-key': asked.key }), ...asked.headers },
    });
    const body = await this.#checked(operation, response);
    return { status: response.status(), body, headers: response.headers() };
  }

  /** The same, for what should work. */
  async get(id: OperationId, asked: Asked = {}): Promise<Json> {
    const { status, body } = await this.ask(id, asked);
    expect(`${id} ${status} ${body?.code ?? ''}`.trim()).toBe(
      `${id} ${operations[id].answer.status}`,
    );
    return body;
  }

  /** The same, for what should be refused with that code. */
  async refused(id: OperationId, code: ErrorCode, asked: Asked = {}): Promise<Json> {
    const { status, body } = await this.ask(id, asked);
    expect(`${id} ${status} ${body?.code}`).toBe(`${id} ${body?.status} ${code}`);
    return body;
  }

  /** Any request, unchecked. */
  raw(path: string, options: Parameters<APIRequestContext['fetch']>[1] = {}): Promise<APIResponse> {
    return this.#http.fetch(path, { maxRedirects: 0, ...options });
  }

  async close(): Promise<void> {
    await this.#http.dispose();
  }

  async #checked(operation: Operation, response: APIResponse): Promise<Json> {
    const status = response.status();
    const what = `${operation.id} ${status}`;
    const described =
      this.#document.paths[operation.path][operation.method.toLowerCase()].responses[status];
    const text = await response.text();
    expect(described, `${what} is not in the document: ${text.slice(0, 500)}`).toBeDefined();
    for (const name of Object.keys(described.headers ?? {})) {
      if (name === 'Location') expect(response.headers().location, what).toBeTruthy();
    }
    if (!described.content) {
      expect(text, what).toBe('');
      return undefined;
    }
    const [type] = (response.headers()['content-type'] ?? '').split(';');
    const content = described.content[type ?? ''];
    expect(content, `${what} came as ${type}`).toBeDefined();
    if (type === 'text/csv') return text;
    const body = JSON.parse(text);
    const check = this.#check(what, content.schema);
    expect(check(body) ? [] : check.errors, `${what}: ${text.slice(0, 1_000)}`).toEqual([]);
    return body;
  }

  #check(what: string, schema: object): ValidateFunction {
    const known = this.#checks.get(what);
    if (known) return known;
    const made = this.#ajv.compile(inPlace(schema));
    this.#checks.set(what, made);
    return made;
  }
}

export function tokenOf(creatorId: string) {
  return createApiToken(creatorContext(creatorId), { name: 'A story' });
}

/** References as the validator finds them. */
function inPlace(schema: unknown): Json {
  const to = '"https://document/shapes#/$defs/';
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', to));
}
