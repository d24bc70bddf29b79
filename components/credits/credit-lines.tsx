import { Check, Clock, Undo2 } from 'lucide-react';
import Link from 'next/link';
import { formatBalance, formatNumber } from '@/lib/format';
import { paths } from '@/lib/paths';
import { Amount } from '../ui/amount';
import { Badge } from '../ui/badge';
import { RelativeTime } from '../ui/relative-time';
import { type CreditLine, wordLine } from './word-line';

interface CreditLinesProps {
  /** Newest first. */
  lines: readonly CreditLine[];
}

/** The ledger: a table from 640 px, cards with the same facts below. */
export function CreditLines({ lines }: CreditLinesProps) {
  return (
    <>
      <table className="hidden w-full border-collapse text-left sm:table">
        <caption className="sr-only">Every movement of your credits, newest first</caption>
        <thead className="text-small text-ink-2">
          <tr className="border-b border-line">
            <th scope="col" className="px-6 py-2 font-medium">
              When
            </th>
            <th scope="col" className="py-2 pr-4 font-medium">
              What
            </th>
            <th scope="col" className="py-2 pr-4 text-right font-medium">
              Change
            </th>
            <th scope="col" className="py-2 pr-6 text-right font-medium">
              Balance after
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {lines.map((line) => (
            <tr key={line.id} className="align-top">
              <td className="px-6 py-3 text-small whitespace-nowrap text-ink-2">
                <RelativeTime at={line.createdAt} />
              </td>
              <td className="py-3 pr-4">
                <What line={line} />
              </td>
              <td className="py-3 pr-4 text-right whitespace-nowrap tabular-nums">
                <ChangeOf line={line} />
              </td>
              <td className="py-3 pr-6 text-right text-ink-2 tabular-nums">
                <BalanceAfter line={line} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul className="divide-y divide-line sm:hidden">
        {lines.map((line) => (
          <li key={line.id} className="flex flex-col gap-2 px-4 py-4">
            <p className="text-frame text-ink-3">
              <RelativeTime at={line.createdAt} />
            </p>
            <What line={line} />
            <dl className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 text-small tabular-nums">
              <div className="flex gap-2">
                <dt className="text-ink-2">Change</dt>
                <dd>
                  <ChangeOf line={line} />
                </dd>
              </div>
              <div className="flex gap-2">
                <dt className="text-ink-2">Balance after</dt>
                <dd>
                  <BalanceAfter line={line} />
                </dd>
              </div>
            </dl>
          </li>
        ))}
      </ul>
    </>
  );
}

const endings = {
  open: { tone: 'accent', icon: <Clock aria-hidden="true" />, word: 'Still reserved' },
  capture: { tone: 'neutral', icon: <Check aria-hidden="true" />, word: 'Charged since' },
  release: { tone: 'neutral', icon: <Undo2 aria-hidden="true" />, word: 'Released since' },
} as const;

function What({ line }: { line: CreditLine }) {
  const { verb, named, detail, reason } = wordLine(line);
  const ending = endings[line.settledBy ?? 'open'];
  return (
    <div className="min-w-0">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-medium">
          {verb} {named && <WhoFor line={line} />}
        </span>
        {line.kind === 'reserve' && (
          <Badge tone={ending.tone} icon={ending.icon}>
            {ending.word}
          </Badge>
        )}
      </p>
      {detail && <p className="text-small text-ink-2">{detail}</p>}
      {reason && <p className="text-small text-ink-3">{reason}</p>}
    </div>
  );
}

function WhoFor({ line: { characterId, characterName } }: { line: CreditLine }) {
  if (!characterId || !characterName) return 'a deleted influencer';
  return (
    <Link href={paths.settings(characterId)} className="text-link wrap-anywhere">
      <bdi>{characterName}</bdi>
    </Link>
  );
}

/** With its sign where the balance moved; else what was set aside or given back of it. */
function ChangeOf({ line }: { line: CreditLine }) {
  const { changeCredits } = wordLine(line);
  if (changeCredits !== 0) return <Amount credits={changeCredits} signed bare />;
  return (
    <span className="text-ink-2">
      {formatNumber(line.amountCredits)} {line.kind === 'reserve' ? 'reserved' : 'released'}
    </span>
  );
}

function BalanceAfter({ line }: { line: CreditLine }) {
  const { availableAfterCredits, reservedAfterCredits } = line;
  return formatBalance({
    availableCredits: availableAfterCredits,
    reservedCredits: reservedAfterCredits,
  });
}
