import { z } from 'zod';
import type { LimitName } from '../../accounts/rules/limits.ts';
import type { ErrorCode } from '../../errors.ts';
import { type FailureReason, failureReasons } from '../../lora/rules/lifecycle.ts';

/** What an operation's answer carries when nothing went wrong. */
export type Answer =
  | { status: 200 | 201 | 202; description: string; body: z.ZodType }
  | { status: 204; description: string }
  /** On to a short-lived link at the store. */
  | { status: 302 | 303; description: string }
  /** Something else than JSON, such as a table or a stream. */
  | { status: 200; description: string; contentType: string };

/**
 * One thing a program can ask for: where, with what, and what comes back. Route handlers, the
 * OpenAPI document, the developers' page and the tests are all made from it.
 */
export interface Operation {
  /** Its name in the catalogue and in the document. */
  id: string;
  tag: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/api/influencer/{id}`. */
  path: string;
  summary: string;
  description?: string;
  /** Strict objects. A parameter in the path that does not fit is NOT_FOUND. */
  params?: z.ZodType<object>;
  query?: z.ZodObject;
  body?: z.ZodType<object>;
  answer: Answer;
  /** The codes it can be refused with besides those every operation shares. */
  refusals: readonly ErrorCode[];
  /** How often one user may ask for it, besides what every operation is limited to. */
  limit?: LimitName;
  /** For the page's curl line; a test reads it by the schemas. */
  example?: { params?: Record<string, string>; query?: Record<string, string>; body?: object };
}

/** Gives each operation its name and its tag. */
export function operationsOf<const T extends Record<string, Omit<Operation, 'id' | 'tag'>>>(
  tag: string,
  entries: T,
): { [K in keyof T]: T[K] & { id: string; tag: string } } {
  return Object.fromEntries(
    Object.entries(entries).map(([id, entry]) => [id, { ...entry, id, tag }]),
  ) as { [K in keyof T]: T[K] & { id: string; tag: string } };
}

/** Whether an Idempotency-Key makes a repeat the same request: what makes or unmakes something. */
export function takesIdempotencyKey(method: Operation['method']): boolean {
  return method === 'POST' || method === 'DELETE';
}

/** Codes that any operation can be refused with, because its door refuses them. */
export function sharedRefusals(operation: Operation): ErrorCode[] {
  const changes = operation.method !== 'GET';
  return [
    'SIGNED_OUT',
    'BAD_TOKEN',
    'TOO_MANY_REQUESTS',
    // A parameter nobody knows is refused everywhere.
    'INVALID_INPUT',
    'INTERNAL',
    ...(operation.params ? (['NOT_FOUND'] as const) : []),
    ...(changes ? (['FOREIGN_ORIGIN', 'BODY_TOO_LARGE', 'WRONG_CONTENT_TYPE'] as const) : []),
    ...(takesIdempotencyKey(operation.method)
      ? (['REQUEST_REUSED', 'REQUEST_IN_PROGRESS'] as const)
      : []),
  ];
}

/** Every code an operation can be refused with, each once. */
export function allRefusals(operation: Operation): ErrorCode[] {
  return [...new Set([...operation.refusals, ...sharedRefusals(operation)])];
}

/** The names that shapes have in the document. */
export const shapeNames = z.registry<{ id: string; description?: string }>();

/** A shape that the document names once and refers to. */
export function named<S extends z.ZodType>(id: string, schema: S, description?: string): S {
  shapeNames.add(schema, { id, ...(description && { description }) });
  return schema;
}

/** A whole number in a query string. */
export function numberInQuery(from: number, to: number) {
  return z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(from).max(to));
}

export const instant = z.iso.datetime();
export const credits = z.int().min(0);
export const failureReason = z.enum(
  Object.keys(failureReasons) as [FailureReason, ...FailureReason[]],
);
