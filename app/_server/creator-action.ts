import { headers } from 'next/headers';
import { unstable_rethrow } from 'next/navigation';
import type { z } from 'zod';
import { type CreatorContext, creatorContext } from '@/lib/context.ts';
import { DomainError } from '@/lib/errors.ts';
import { demandOwnOrigin } from './own-origin';
import { parseInput } from './parse-input';
import { type Refusal, refusalFrom } from './refusal';
import { currentUser } from './session';

/** What an action answers: expected refusals are values, never thrown across the wire. */
export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/**
 * The door of every server action: own origin, signed in, well formed, then the verb. An action is
 * a public endpoint; nothing that a page or layout has checked counts here.
 */
export async function creatorAction<S extends z.ZodType, T>(
  schema: S,
  verb: (ctx: CreatorContext, input: z.infer<S>) => Promise<T>,
  input: unknown,
): Promise<Result<T>> {
  try {
    demandOwnOrigin(await headers());
    const user = await currentUser();
    if (!user) throw new DomainError('SIGNED_OUT');
    return { ok: true, value: await verb(creatorContext(user.id), parseInput(schema, input)) };
  } catch (error) {
    unstable_rethrow(error);
    return { ok: false, refusal: refusalFrom(error) };
  }
}
