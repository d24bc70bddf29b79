import type { SignedInUser } from '@/lib/accounts/sessions.ts';
import { DomainError, errorStatus } from '@/lib/errors.ts';
import { demandOwnOrigin } from './own-origin';
import { readBody } from './read-body';
import { refusalFrom } from './refusal';
import { currentUser } from './session';

const maxJsonBytes = 1_000_000;

/** The parameters Next hands a route handler. */
export interface RouteContext<P> {
  params: Promise<P>;
}

/**
 * The door of every route handler for creators: signed in, own origin where something changes,
 * errors as `application/problem+json` with their closed code (RFC 9457).
 */
export function creatorEndpoint<P>(
  answer: (user: SignedInUser, params: P, request: Request) => Promise<Response | object>,
): (request: Request, context: RouteContext<P>) => Promise<Response> {
  return async (request, context) => {
    try {
      const user = await currentUser();
      if (!user) throw new DomainError('SIGNED_OUT');
      if (request.method !== 'GET') demandOwnOrigin(request.headers);
      const value = await answer(user, await context.params, request);
      if (value instanceof Response) return value;
      return Response.json(value, { headers: { 'cache-control': 'no-store' } });
    } catch (error) {
      return problem(error);
    }
  };
}

/** An error as a problem document. */
export function problem(error: unknown): Response {
  const { code, sentence, wayOut, details } = refusalFrom(error);
  const status = errorStatus[code];
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  };
  if (details.retryAfterSeconds) headers['retry-after'] = String(details.retryAfterSeconds);
  return new Response(
    JSON.stringify({ type: 'about:blank', title: sentence, status, code, wayOut, details }),
    { status, headers },
  );
}

/** A request's JSON body; more than 1 MB is BODY_TOO_LARGE, anything but JSON INVALID_INPUT. */
export async function readJson(request: Request): Promise<object> {
  const body = await readBody(request, maxJsonBytes);
  if (body === null) throw new DomainError('BODY_TOO_LARGE');
  if (body === '') return {};
  try {
    const value: unknown = JSON.parse(body);
    if (value && typeof value === 'object' && !Array.isArray(value)) return value;
  } catch {
    // Worded below, the same as any other shape.
  }
  throw new DomainError('INVALID_INPUT', { field: '', expected: 'a JSON object' });
}
