import { errorAnchor, errorTitle } from '@/lib/api/rules/error-notes.ts';
import { env } from '@/lib/env.ts';
import { errorStatus } from '@/lib/errors.ts';
import { paths } from '@/lib/paths.ts';
import { refusalFrom } from './refusal';

/** A problem document (RFC 9457): the closed code, its sentence, the way out and the facts. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  wayOut: string;
  details: Record<string, string | number | boolean | null>;
  errorId?: string;
}

/** Words an error for a program; what nobody expected is logged, and only its id is told. */
export function problemFrom(error: unknown): Problem {
  const { code, sentence, wayOut, details } = refusalFrom(error);
  return {
    type: new URL(paths.developers(errorAnchor(code)), env().APP_URL).href,
    title: errorTitle(code),
    status: errorStatus[code],
    detail: sentence,
    code,
    wayOut,
    details,
    ...(details.errorId && { errorId: String(details.errorId) }),
  };
}

/** A problem as an answer, with the headers that belong to its status. */
export function problemResponse(problem: Problem, more: Record<string, string> = {}): Response {
  const { retryAfterSeconds } = problem.details;
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterSeconds ? { 'retry-after': String(retryAfterSeconds) } : {}),
      ...(problem.code === 'SIGNED_OUT' && { 'www-authenticate': 'Bearer' }),
      ...(problem.code === 'BAD_TOKEN' && {
        'www-authenticate': 'Bearer error="invalid_token"',
      }),
      ...more,
    },
  });
}
