import type { Context } from '../context.ts';
import { auditLedger } from '../credits/audit-ledger.ts';
import { db } from '../db.ts';
import { auditProviders } from './audit-providers.ts';
import { auditStore } from './audit-store.ts';
import { auditTrainings } from './audit-trainings.ts';
import type { PartReport } from './finding.ts';

/**
 * Compares the books with themselves and with the world: every ledger line, every training, the GPU
 * providers, the store (docs/invariants.md). Changes nothing. Without `all` the bytes of 25 LoRA files
 * are read. What cannot be asked is a finding too: not known is not right.
 */
export async function runAudit(ctx: Context, { all = false } = {}): Promise<PartReport> {
  const lines = await db().creditLine.count();
  const parts: PartReport[] = [
    { findings: await auditLedger(), counts: { lines } },
    await auditTrainings(),
    await auditProviders(ctx.now),
    await auditStore(ctx.now, { all }),
  ];
  return {
    findings: parts.flatMap(({ findings }) => findings),
    counts: Object.assign({}, ...parts.map(({ counts }) => counts)),
  };
}
