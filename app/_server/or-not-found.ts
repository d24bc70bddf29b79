import { notFound } from 'next/navigation';
import { DomainError } from '@/lib/errors.ts';

/** What a page reads; somebody else's and nothing at all are the same page, "not found". */
export async function orNotFound<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'NOT_FOUND') notFound();
    throw error;
  }
}
