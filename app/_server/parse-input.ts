import type { z } from 'zod';
import { DomainError } from '@/lib/errors.ts';

/**
 * Reads an input by its strict schema. What is wrong becomes a closed code: an id that is none is
 * NOT_FOUND, an unknown base model is UNKNOWN_BASE_MODEL, everything else INVALID_INPUT with the
 * first field's name.
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.infer<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = String(unknown ?? issue?.path[0] ?? '').slice(0, 100);
  const expected = (issue?.message ?? '').slice(0, 200);
  if (unknown !== undefined) throw new DomainError('INVALID_INPUT', { field, expected });
  if (['characterId', 'imageId', 'loraModelId', 'notificationId'].includes(field)) {
    throw new DomainError('NOT_FOUND');
  }
  if (field === 'baseModel') throw new DomainError('UNKNOWN_BASE_MODEL');
  throw new DomainError('INVALID_INPUT', { field, expected });
}
