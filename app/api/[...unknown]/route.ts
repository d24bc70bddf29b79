import { problemFrom, problemResponse } from '@/app/_server/problem';
import { DomainError } from '@/lib/errors.ts';

/** An address of the API where nothing is: a problem, not a page. */
function nothing(): Response {
  return problemResponse(problemFrom(new DomainError('NOT_FOUND')));
}

export { nothing as DELETE, nothing as GET, nothing as PATCH, nothing as POST, nothing as PUT };
