import { DomainError } from '@/lib/errors.ts';
import { problemFrom, problemResponse } from './problem';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof methods)[number];

/** What Next calls. Its parameters are those of the folder's name. */
type Handler = (
  request: Request,
  // biome-ignore lint/suspicious/noExplicitAny: each handler says which parameters it reads
  context: { params: Promise<any> },
) => Promise<Response>;

/**
 * All methods of one address: those given, and for the others a problem that says which there are.
 * Without it Next answers them with an empty page.
 */
export function routeHandlers(given: Partial<Record<Method, Handler>>): Record<Method, Handler> {
  const allow = methods
    .flatMap((method) => (given[method] ? [method, ...(method === 'GET' ? ['HEAD'] : [])] : []))
    .join(', ');
  const refuse: Handler = async ({ method }) =>
    problemResponse(problemFrom(new DomainError('METHOD_NOT_ALLOWED', { method })), { allow });
  return Object.fromEntries(methods.map((method) => [method, given[method] ?? refuse])) as Record<
    Method,
    Handler
  >;
}
