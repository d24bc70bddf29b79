import { z } from 'zod';
import type { Context } from '../context.ts';
import { db } from '../db.ts';
import { log } from '../log.ts';
import type { Finding } from './finding.ts';
import { runAudit } from './run-audit.ts';

/** Kept of one audit; whoever has more has one problem many times. */
const most = 200;

/**
 * Audits once a day, from 3:00 UTC on, whatever the number of workers: the day's row is taken by one.
 * A worker that dies over it leaves it to another after an hour. Findings are kept for the operators'
 * page and logged as an error. Returns whether this call did it.
 */
export async function nightlyAudit(ctx: Context): Promise<boolean> {
  if (ctx.now.getUTCHours() < 3) return false;
  const day = ctx.now.toISOString().slice(0, 10);
  const [taken] = await db().$queryRaw<{ started_at: Date }[]>`
    INSERT INTO audits AS audit (day) VALUES (${day}::date)
    ON CONFLICT (day) DO UPDATE SET started_at = now()
      WHERE audit.finished_at IS NULL AND audit.started_at < now() - interval '1 hour'
    RETURNING started_at`;
  if (!taken) return false;
  const { findings, counts } = await runAudit(ctx);
  await db().$executeRaw`
    UPDATE audits SET finished_at = now(), counts = ${JSON.stringify(counts)}::jsonb,
                      findings = ${JSON.stringify(findings.slice(0, most))}::jsonb
    WHERE day = ${day}::date AND started_at = ${taken.started_at}`;
  if (findings.length > 0) {
    log().error(
      { count: findings.length, findings: findings.slice(0, 20) },
      'the audit found something wrong',
    );
  }
  return true;
}

export interface LastAudit {
  finishedAt: Date;
  findings: Finding[];
}

const findingsSchema = z.array(
  z.object({ problem: z.string(), id: z.string(), detail: z.string() }),
);

/** The newest nightly audit that came to its end, for operators; null before the first. */
export async function getLastAudit(): Promise<LastAudit | null> {
  const last = await db().audit.findFirst({
    where: { finishedAt: { not: null } },
    orderBy: { day: 'desc' },
  });
  if (!last?.finishedAt) return null;
  return { finishedAt: last.finishedAt, findings: findingsSchema.parse(last.findings) };
}
