import type { LastAudit } from '@/lib/audit/nightly-audit';
import { formatCount, formatNumber } from '@/lib/format';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';

/** When the books were last compared with the world, and what was not as it must be. */
export function AuditSummary({ audit }: { audit: LastAudit | null }) {
  return (
    <Panel
      title="Books"
      description="Every night the ledger is added up again and compared with trainings, GPU providers and the store."
    >
      {audit === null ? (
        <p className="text-ink-2">No audit has finished yet.</p>
      ) : (
        <>
          <p>
            Last audit <LocalTime at={audit.finishedAt} as="moment" />:{' '}
            {audit.findings.length === 0
              ? 'nothing found.'
              : `${formatCount(audit.findings.length, 'finding')}.`}
          </p>
          {audit.findings.length > 0 && (
            <>
              <ul className="mt-3 flex flex-col gap-2">
                {countProblems(audit).map(([problem, count]) => (
                  <li key={problem} className="flex items-baseline justify-between gap-4">
                    <span className="first-letter:uppercase">{problem}</span>
                    <span className="text-ink-2 tabular-nums">{formatNumber(count)}</span>
                  </li>
                ))}
              </ul>
              <p className="mt-3 text-small text-ink-2">
                <code>npm run audit</code> lists each one.
              </p>
            </>
          )}
        </>
      )}
    </Panel>
  );
}

function countProblems({ findings }: LastAudit): [string, number][] {
  const counts = new Map<string, number>();
  for (const { problem } of findings) counts.set(problem, (counts.get(problem) ?? 0) + 1);
  return [...counts];
}
