'use client';

import { Check, ChevronDown, Clock, Undo2 } from 'lucide-react';
import { Fragment, useState } from 'react';
import { formatDateTime, formatMoment, formatNumber } from '@/lib/format';
import { paths } from '@/lib/paths';
import { Amount } from '../ui/amount';
import { Badge } from '../ui/badge';
import { joinClasses } from '../ui/join-classes';
import { Link } from '../ui/link';
import { LocalTime } from '../ui/local-time';
import { useHydrated } from '../ui/use-hydrated';
import { BalanceFigures } from './balance-figures';
import { type Entry, stepsOf, wordEntry } from './credit-entry-words';

interface CreditHistoryProps {
  /** Newest first. */
  entries: readonly Entry[];
}

/**
 * The ledger as a creator reads it: what was added, and each reservation with its ending as one entry
 * that opens in place. A table from 640 px, cards with the same facts below. On paper everything is
 * open.
 */
export function CreditHistory({ entries }: CreditHistoryProps) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());

  function toggle(id: string) {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  }

  return (
    <>
      <table className="hidden w-full border-collapse text-left sm:table print:table">
        <caption className="sr-only">Movements of your credits, newest first</caption>
        <thead className="text-small text-ink-2">
          <tr className="border-b border-line">
            <th scope="col" className="px-6 py-2 font-medium">
              Date
            </th>
            <th scope="col" className="py-2 pr-4 font-medium">
              What
            </th>
            <th scope="col" className="py-2 pr-4 text-right font-medium">
              Change
            </th>
            <th scope="col" className="py-2 pr-4 text-right font-medium whitespace-nowrap">
              Balance after
            </th>
            <th scope="col" className="py-2 pr-4 print:hidden">
              <span className="sr-only">Details</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => {
            const opened = open.has(entry.id);
            const detailsId = `entry-${entry.id}`;
            return (
              <Fragment key={entry.id}>
                <tr className="border-t border-line align-top first:border-t-0 print:break-inside-avoid">
                  <td className="py-3 pr-4 pl-6 text-small whitespace-nowrap text-ink-2 tabular-nums">
                    <When at={entry.createdAt} />
                  </td>
                  <td className="py-3 pr-4">
                    <What entry={entry} />
                  </td>
                  <td className="py-3 pr-4 text-right">
                    <Change entry={entry} />
                  </td>
                  <td className="py-3 pr-4 text-right text-ink-2">
                    <BalanceAfter {...entry} />
                  </td>
                  <td className="py-2 pr-4 text-right print:hidden">
                    {entry.kind !== 'grant' && (
                      <DetailsButton
                        entry={entry}
                        open={opened}
                        controls={detailsId}
                        onToggle={() => toggle(entry.id)}
                      />
                    )}
                  </td>
                </tr>
                {entry.kind !== 'grant' && (
                  <tr className={opened ? undefined : 'hidden print:table-row'}>
                    <td id={detailsId} colSpan={5} className="px-6 pb-4">
                      <Details entry={entry} />
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </table>
      <ul className="divide-y divide-line border-t border-line sm:hidden print:hidden">
        {entries.map((entry) => {
          const opened = open.has(entry.id);
          const detailsId = `card-${entry.id}`;
          return (
            <li key={entry.id} className="flex flex-col gap-2 px-4 py-4">
              <p className="text-frame text-ink-3 tabular-nums">
                <When at={entry.createdAt} />
              </p>
              <What entry={entry} />
              <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-small">
                <dt className="text-ink-2">Change</dt>
                <dd className="text-right">
                  <Change entry={entry} />
                </dd>
                <dt className="text-ink-2">Balance after</dt>
                <dd className="text-right text-ink-2">
                  <BalanceAfter {...entry} />
                </dd>
              </dl>
              {entry.kind !== 'grant' && (
                <>
                  <div>
                    <DetailsButton
                      entry={entry}
                      open={opened}
                      controls={detailsId}
                      onToggle={() => toggle(entry.id)}
                      className="-ml-2"
                    />
                  </div>
                  <div id={detailsId} hidden={!opened}>
                    <Details entry={entry} />
                  </div>
                </>
              )}
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** "12 March, 16:40" in the reader's zone; in UTC and of the same length until hydration. */
function When({ at }: { at: Date | string }) {
  const timeZone = useHydrated() ? undefined : 'UTC';
  const instant = new Date(at);
  return (
    <time
      dateTime={instant.toISOString()}
      title={formatMoment(instant, { timeZone })}
      suppressHydrationWarning
    >
      {formatDateTime(instant, { timeZone, now: new Date() })}
    </time>
  );
}

const looks = {
  reserve: { tone: 'accent', icon: <Clock aria-hidden="true" />, word: 'Still reserved' },
  capture: { tone: 'neutral', icon: <Check aria-hidden="true" />, word: 'Charged' },
  release: { tone: 'neutral', icon: <Undo2 aria-hidden="true" />, word: 'Released' },
} as const;

function What({ entry }: { entry: Entry }) {
  const { verb, named, detail } = wordEntry(entry);
  // What was added says so itself.
  const look = entry.kind === 'grant' ? null : looks[entry.kind];
  return (
    <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
      <span className="min-w-0">
        <span className="font-medium">
          {verb}
          {named && ' '}
          {named && <WhoFor entry={entry} />}
        </span>
        {detail.map((part) => (
          <span key={part} className="text-ink-2">
            , <span className="whitespace-nowrap">{part}</span>
          </span>
        ))}
      </span>
      {look && (
        <Badge tone={look.tone} icon={look.icon}>
          {look.word}
        </Badge>
      )}
    </p>
  );
}

function WhoFor({ entry: { characterId, characterName } }: { entry: Entry }) {
  if (!characterId || !characterName) return 'a deleted influencer';
  return (
    <Link href={paths.settings(characterId)} className="text-link wrap-anywhere">
      <bdi>{characterName}</bdi>
    </Link>
  );
}

function Change({ entry }: { entry: Entry }) {
  const { changeCredits, aside } = wordEntry(entry);
  return (
    <>
      <Amount credits={changeCredits} signed bare />
      {aside && (
        <span className="block text-small whitespace-nowrap text-ink-3 tabular-nums">{aside}</span>
      )}
    </>
  );
}

function BalanceAfter({
  availableAfterCredits,
  reservedAfterCredits,
}: Pick<Entry, 'availableAfterCredits' | 'reservedAfterCredits'>) {
  return (
    <BalanceFigures
      balance={{ availableCredits: availableAfterCredits, reservedCredits: reservedAfterCredits }}
    />
  );
}

interface DetailsButtonProps {
  entry: Entry;
  open: boolean;
  controls: string;
  onToggle: () => void;
  className?: string;
}

function DetailsButton({ entry, open, controls, onToggle, className }: DetailsButtonProps) {
  const { verb } = wordEntry(entry);
  return (
    <button
      type="button"
      aria-expanded={open}
      aria-controls={controls}
      onClick={onToggle}
      className={joinClasses(
        'pressable inline-flex min-h-target items-center gap-1 rounded-control px-2 text-small font-medium text-ink-2 hover:bg-well hover:text-ink',
        className,
      )}
    >
      Details
      <span className="sr-only">
        {' '}
        of {verb.toLowerCase()}{' '}
        {entry.characterName ? <bdi>{entry.characterName}</bdi> : 'a deleted influencer'},{' '}
        <LocalTime at={entry.createdAt} as="moment" />
      </span>
      <ChevronDown
        aria-hidden="true"
        className={joinClasses(
          'size-4 transition-transform duration-base motion-reduce:transition-none',
          open && 'rotate-180',
        )}
      />
    </button>
  );
}

/** Reserved, then charged or released, each with when, why and what was left. */
function Details({ entry }: { entry: Entry }) {
  return (
    <ol className="flex flex-col gap-3 rounded-control bg-ground p-4 text-small tabular-nums">
      {stepsOf(entry)?.map((step) => (
        <li
          key={step.id}
          className="grid gap-x-6 gap-y-0.5 sm:grid-cols-[minmax(0,1fr)_auto] print:grid-cols-[minmax(0,1fr)_auto]"
        >
          <span>
            <span className="font-medium">
              {step.label} {formatNumber(entry.amountCredits)}
            </span>
            <span className="text-ink-2">
              , <LocalTime at={step.at} as="moment" />. {step.reason}
            </span>
          </span>
          <span className="text-ink-2 sm:text-right">
            Balance <BalanceAfter {...step} />,{' '}
            <span className="whitespace-nowrap">
              {formatNumber(step.availableAfterCredits)} to spend
            </span>
          </span>
        </li>
      ))}
      {entry.characterId && (
        <li className="list-none print:hidden">
          <Link href={paths.settings(entry.characterId)} className="text-link">
            See <bdi>{entry.characterName}</bdi>’s trainings
          </Link>
        </li>
      )}
    </ol>
  );
}
