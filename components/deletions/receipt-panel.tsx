import { Fragment } from 'react';
import type { Receipt } from '@/lib/deletions/rules/receipt';
import { deletedLines, keptLines, lostLine } from '@/lib/deletions/rules/receipt';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';

/** What was deleted, when, and what stays. It names nobody. */
export function ReceiptPanel({ receipt }: { receipt: Receipt }) {
  const { subject, requestedAt, emptiedAt, finishedAt, counts, id } = receipt;
  const kept = keptLines(counts);
  const lost = lostLine(counts);
  return (
    <Panel
      title={
        <>
          {subject === 'account' ? 'Account' : 'Influencer'} deleted on{' '}
          <LocalTime at={requestedAt} />
          {/* Several can go on the same day. */}
          <span className="font-normal text-ink-3"> · receipt {id.slice(-6)}</span>
        </>
      }
      description={
        emptiedAt === null
          ? 'Nobody can see it any more. What was under way is being stopped, and files are being removed; the list grows until that is done.'
          : undefined
      }
    >
      <div className="flex flex-col gap-4">
        <Lines
          title={emptiedAt === null ? 'Deleted so far' : 'Deleted'}
          lines={deletedLines(counts)}
        />
        <Lines
          title="Kept"
          lines={[
            ...kept,
            ...(kept.length > 0
              ? ['They are kept because books must be, without a name and leading to nobody.']
              : ['Nothing but this receipt.']),
          ]}
        />
        {lost && <p>{lost}</p>}
        <p className="text-small text-ink-2">
          Asked for on <LocalTime at={requestedAt} as="moment" />.{' '}
          {emptiedAt && (
            <>
              Everything was gone on <LocalTime at={emptiedAt} as="moment" />.{' '}
            </>
          )}
          {finishedAt && (
            <>
              Looked for once more on <LocalTime at={finishedAt} as="moment" />.{' '}
            </>
          )}
          Backups forget it within 30 days. E-mails that were sent cannot be called back.
        </p>
        <p className="text-small text-ink-3">
          Receipt{' '}
          {id.split(/(?<=-)/).map((group) => (
            <Fragment key={group}>
              {group}
              <wbr />
            </Fragment>
          ))}
        </p>
      </div>
    </Panel>
  );
}

function Lines({ title, lines }: { title: string; lines: string[] }) {
  return (
    <div>
      <h3 className="font-medium">{title}</h3>
      <ul className="mt-1 list-disc pl-5 text-ink-2 tabular-nums">
        {(lines.length > 0 ? lines : ['Nothing yet']).map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </div>
  );
}
