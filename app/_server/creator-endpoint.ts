import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { countTry } from '@/lib/accounts/limits.ts';
import type { SignedInUser } from '@/lib/accounts/sessions.ts';
import { notingNotFound } from '@/lib/acts/noting-not-found.ts';
import { answerOnce, type StoredAnswer } from '@/lib/api/answer-once.ts';
import { allRefusals, type Operation, takesIdempotencyKey } from '@/lib/api/rules/operation.ts';
import { type CreatorContext, creatorContext } from '@/lib/context.ts';
import { databaseNow } from '@/lib/database-now.ts';
import { derivedId } from '@/lib/derived-id.ts';
import { env } from '@/lib/env.ts';
import { DomainError, demand, type ErrorCode } from '@/lib/errors.ts';
import { log } from '@/lib/log.ts';
import { requestHash } from '@/lib/request-hash.ts';
import { demandCaller } from './caller';
import { parseInput } from './parse-input';
import { type Problem, problemFrom, problemResponse } from './problem';
import { readBody } from './read-body';

const maxJsonBytes = 1_000_000;

/** The parameters Next hands a route handler. */
interface RouteContext {
  params: Promise<object>;
}

/** What a verb is handed, and an id for what it makes. */
export interface RequestContext extends CreatorContext {
  user: SignedInUser;
  /**
   * For verbs that make something: of one Idempotency-Key always the same, so that a request that was
   * cut off and runs again makes nothing twice. Without a key a fresh one.
   */
  requestId: string;
}

type Read<O, Part extends string> = O extends { [P in Part]: infer S extends z.ZodType }
  ? z.output<S>
  : Record<never, never>;

/** As JSON sends it: an instant may still be a Date. */
type Sendable<T> = T extends string
  ? T | Date
  : T extends readonly (infer Item)[]
    ? Sendable<Item>[]
    : T extends object
      ? { [K in keyof T]: Sendable<T[K]> }
      : T;

type Answered<O extends Operation> = O['answer'] extends { body: infer S extends z.ZodType }
  ? Sendable<z.input<S>>
  : O['answer'] extends { status: 204 }
    ? unknown
    : Response;

/** What was asked, read by the operation's schemas. */
interface Input<O extends Operation> {
  params: Read<O, 'params'>;
  query: Read<O, 'query'>;
  body: Read<O, 'body'>;
  request: Request;
}

/**
 * The door of an operation of the catalogue: who asks, what is asked, the verb, the answer. Errors
 * become `application/problem+json` with their closed code (RFC 9457). A POST or DELETE with an
 * `Idempotency-Key` runs once.
 */
export function creatorEndpoint<O extends Operation>(
  operation: O,
  answer: (ctx: RequestContext, input: Input<O>) => Promise<Answered<O>>,
): (request: Request, context: RouteContext) => Promise<Response> {
  return async (request, context) => {
    try {
      const user = await demandCaller(request);
      const noted = <T>(work: () => Promise<T>) =>
        notingNotFound({ userId: user.id, operation: operation.id }, work);
      const input = await noted(() => readInput(operation, request, context));
      const key = takesIdempotencyKey(operation.method) ? idempotencyKeyOf(request) : null;
      const now = operation.method === 'GET' ? new Date() : await databaseNow();
      const ctx: RequestContext = {
        ...creatorContext(user.id, now),
        user,
        requestId: key === null ? randomUUID() : derivedId(`api:${user.id}:${key}`),
      };
      const run = async () => {
        if (operation.limit) await countTry(operation.limit, user.id);
        return noted(() => answer(ctx, input as Input<O>));
      };
      if (key === null) return responseOf(operation, await run());
      const { params, query, body } = input;
      const hash = requestHash({ params, query, body });
      const { replayed, ...stored } = await answerOnce(
        ctx,
        { key, operation: operation.id, hash },
        () => storable(operation, run),
      );
      return replay(stored, replayed);
    } catch (error) {
      return problemResponse(refusedWith(operation, error));
    }
  };
}

async function readInput(operation: Operation, request: Request, context: RouteContext) {
  const params = operation.params?.safeParse(await context.params);
  // An address whose ids are none is an address where nothing is.
  demand(params?.success !== false, 'NOT_FOUND');
  return {
    params: params?.data ?? {},
    query: parseInput(operation.query ?? z.strictObject({}), queryOf(request)),
    body:
      request.method === 'GET' || request.method === 'HEAD'
        ? {}
        : parseInput(operation.body ?? z.strictObject({}), await readJson(request)),
    request,
  };
}

/** A parameter given twice is a list, which no schema takes. */
function queryOf(request: Request): Record<string, string | string[]> {
  const { searchParams } = new URL(request.url);
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const all = searchParams.getAll(name);
      return [name, all.length === 1 ? (all[0] ?? '') : all];
    }),
  );
}

/**
 * A request's JSON object; no body is an empty one. More than 1 MB is BODY_TOO_LARGE, another type
 * WRONG_CONTENT_TYPE, anything but a JSON object INVALID_INPUT.
 */
async function readJson(request: Request): Promise<object> {
  const body = await readBody(request, maxJsonBytes);
  if (body === null) throw new DomainError('BODY_TOO_LARGE');
  if (body === '') return {};
  const type = request.headers.get('content-type') ?? '';
  demand(/^application\/json\s*(;|$)/i.test(type), 'WRONG_CONTENT_TYPE');
  try {
    const value: unknown = JSON.parse(body);
    if (value && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // Worded below, the same as any other shape.
  }
  throw new DomainError('INVALID_INPUT', { field: '', expected: 'a JSON object' });
}

function idempotencyKeyOf(request: Request): string | null {
  const key = request.headers.get('idempotency-key');
  if (key !== null && !/^[\x21-\x7e]{1,200}$/.test(key)) {
    const expected = '1 to 200 visible ASCII characters';
    throw new DomainError('INVALID_INPUT', { field: 'Idempotency-Key', expected });
  }
  return key;
}

function responseOf(operation: Operation, value: unknown): Response {
  if (value instanceof Response) return value;
  const { status } = operation.answer;
  if (status === 204)
    return new Response(null, { status, headers: { 'cache-control': 'no-store' } });
  checkAnswer(operation, value);
  return Response.json(value, { status, headers: { 'cache-control': 'no-store' } });
}

/** The answer as it can be kept for a repeat; a refusal is an answer too. */
async function storable(operation: Operation, run: () => Promise<unknown>): Promise<StoredAnswer> {
  try {
    const value = await run();
    if (operation.answer.status === 204) return { status: 204, body: null };
    checkAnswer(operation, value);
    return { status: operation.answer.status, body: JSON.parse(JSON.stringify(value)) };
  } catch (error) {
    const problem = refusedWith(operation, error);
    return { status: problem.status, body: problem };
  }
}

function replay({ status, body }: StoredAnswer, replayed: boolean): Response {
  const mark: Record<string, string> = replayed ? { 'idempotent-replayed': 'true' } : {};
  // What it told of has been deleted since.
  if (status === 404 && body === null) {
    return problemResponse(problemFrom(new DomainError('NOT_FOUND')), mark);
  }
  if (status >= 400) return problemResponse(body as Problem, mark);
  const headers = { ...mark, 'cache-control': 'no-store' };
  return body === null
    ? new Response(null, { status, headers })
    : Response.json(body, { status, headers });
}

function refusedWith(operation: Operation, error: unknown): Problem {
  const problem = problemFrom(error);
  const known = allRefusals(operation).includes(problem.code as ErrorCode);
  if (!known && env().NODE_ENV !== 'production') {
    log().error({ operation: operation.id, code: problem.code }, 'a refusal outside the catalogue');
  }
  return problem;
}

/** While developing: what is sent is what the document says. The browser tests check every answer. */
function checkAnswer(operation: Operation, value: unknown): void {
  if (env().NODE_ENV === 'production' || !('body' in operation.answer)) return;
  const sent: unknown = JSON.parse(JSON.stringify(value));
  const { success, error } = operation.answer.body.safeParse(sent);
  if (success) return;
  const issues = error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.')}: ${message}`);
  log().error({ operation: operation.id, issues }, 'an answer does not fit its schema');
}
