import type { Actor } from '../context.ts';
import { actorName } from '../context.ts';
import { db, type Tx } from '../db.ts';
import type { ActKind } from './rules/act-words.ts';

interface Act {
  kind: ActKind;
  by: Actor | 'anybody' | 'operator';
  /** Whom it concerns; null when it is nobody we know. */
  userId: string | null;
  /** The id of what it is about. */
  subjectId?: string;
  /** Ids, closed codes and figures: never a name, an address or a text somebody typed. */
  facts?: Record<string, string | number | boolean>;
  at?: Date;
}

/**
 * Writes down what somebody may have to answer for, in the transaction of the act itself. Nothing of
 * it is ever changed (trigger `acts_append_only`), and it is kept for two years (`acts_kept`). What the
 * database keeps one of is not written twice.
 */
export async function recordAct(tx: Tx, act: Act): Promise<void> {
  const { kind, by, userId, subjectId, facts = {}, at = new Date() } = act;
  const actor = typeof by === 'string' ? by : actorName(by);
  const row = { kind, actor, userId, subjectId, facts, createdAt: at };
  await tx.act.createMany({ data: [row], skipDuplicates: true });
}

/** The same for what changes nothing else: a try, a refusal. */
export async function noteAct(act: Act): Promise<void> {
  await recordAct(db(), act);
}
