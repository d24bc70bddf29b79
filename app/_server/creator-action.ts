import { headers } from 'next/headers';
import { unstable_rethrow } from 'next/navigation';
import type { z } from 'zod';
import { countTry } from '@/lib/accounts/limits.ts';
import type { LimitName } from '@/lib/accounts/rules/limits.ts';
import type { SignedInUser } from '@/lib/accounts/sessions.ts';
import { notingNotFound } from '@/lib/acts/noting-not-found.ts';
import { type CreatorContext, creatorContext } from '@/lib/context.ts';
import { databaseNow } from '@/lib/database-now.ts';
import { demand } from '@/lib/errors.ts';
import { demandChanger } from './caller';
import { isOperator } from './demand-operator';
import { parseInput } from './parse-input';
import { type Refusal, refusalFrom } from './refusal';

/** What an action answers: expected refusals are values, never thrown across the wire. */
export type Result<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/**
 * The door of every server action: own origin, signed in, an operator where it is theirs (for others
 * it is not there), well formed, not too often, then the verb. `operation` is what acts call it.
 * An action is a public endpoint; nothing that a page or layout has checked counts here.
 */
export async function creatorAction<S extends z.ZodType, T>(
  operation: string,
  schema: S,
  verb: (ctx: CreatorContext, input: z.infer<S>, user: SignedInUser) => Promise<T>,
  input: unknown,
  { limit, operatorsOnly }: { limit?: LimitName; operatorsOnly?: true } = {},
): Promise<Result<T>> {
  try {
    const user = await demandChanger(await headers());
    if (operatorsOnly) demand(await isOperator(user), 'NOT_FOUND');
    const value = await notingNotFound({ userId: user.id, operation }, async () => {
      const asked = parseInput(schema, input);
      if (limit) await countTry(limit, user.id);
      return verb(creatorContext(user.id, await databaseNow()), asked, user);
    });
    return { ok: true, value };
  } catch (error) {
    unstable_rethrow(error);
    return { ok: false, refusal: refusalFrom(error) };
  }
}
