import { DomainError } from '../errors.ts';
import { log } from '../log.ts';
import { noteAct } from './record-act.ts';

/**
 * Does `work` for a creator; when it ends in NOT_FOUND, that is written down, once for each of their
 * operations and hour (index `acts_record_not_found_once`). Whether what they named is nobody's or
 * somebody else's is not looked up, and which id it was is not kept: the answer, and how long it
 * takes, is the same for both. What cannot be written down changes no answer.
 */
export async function notingNotFound<T>(
  { userId, operation }: { userId: string; operation: string },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'NOT_FOUND') await note(userId, operation);
    throw error;
  }
}

async function note(userId: string, operation: string): Promise<void> {
  const by = { kind: 'creator', userId } as const;
  try {
    await noteAct({ kind: 'record.not-found', by, userId, facts: { operation } });
  } catch (error) {
    log().error({ operation, error }, 'a request for what is not there was not written down');
  }
}
