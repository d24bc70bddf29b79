import { db } from '../db.ts';
import { refusedActs } from './rules/act-words.ts';

/** How often somebody was not let in somewhere. */
export interface RefusedLine {
  kind: string;
  /** The operation or the limit, where the act says which. */
  about: string;
  /** The account's address; its id once it is deleted, `nobody known` when there was none. */
  who: string;
  /** How many acts; one stands for an hour or a minute where its kind is written down once for it. */
  times: number;
  lastAt: Date;
}

const lineCount = 200;

/** For operators: what was refused in so many days, by account and operation, the newest first. */
export async function listRefused(days: number): Promise<RefusedLine[]> {
  return db().$queryRaw<RefusedLine[]>`
    SELECT a.kind, coalesce(a.facts ->> 'operation', a.facts ->> 'limit', '') AS about,
           coalesce(u.email, a.user_id::text, 'nobody known') AS who,
           count(*)::integer AS times, max(a.created_at) AS "lastAt"
      FROM acts a LEFT JOIN users u ON u.id = a.user_id
     WHERE a.kind = ANY (${[...refusedActs]})
       AND a.created_at > now() - make_interval(days => ${days}::integer)
     GROUP BY 1, 2, 3 ORDER BY max(a.created_at) DESC LIMIT ${lineCount}`;
}
