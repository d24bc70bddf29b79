import Form from 'next/form';
import {
  deletedCharacters,
  isFiltering,
  type LedgerFilter,
} from '@/lib/credits/rules/ledger-filter';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { inputClasses } from '../ui/field-frame';
import { Link } from '../ui/link';

interface LedgerFilterFormProps {
  filter: LedgerFilter;
  /** Who has lines in the history. */
  characters: readonly { id: string; name: string }[];
  /** Whether there are lines of influencers that are gone. */
  deleted: boolean;
  /** Whether anything fits; what fits nothing offers the way out itself. */
  empty: boolean;
  /** Kept in the address, so that the way back stays. */
  back: string;
}

const kinds = [
  { value: '', label: 'Everything' },
  { value: 'grant', label: 'Added' },
  { value: 'reserve', label: 'Still reserved' },
  { value: 'capture', label: 'Charged' },
  { value: 'release', label: 'Released' },
];

const field = `${inputClasses} h-11 min-w-0`;

/** Which part of the history is shown. A plain form: what it asks for stands in the address. */
export function LedgerFilterForm({
  filter,
  characters,
  deleted,
  empty,
  back,
}: LedgerFilterFormProps) {
  return (
    <Form
      action={paths.credits()}
      aria-label="Filter the history"
      // Another address fills the fields anew.
      key={`${filter.character} ${filter.kind}`}
      className="flex flex-wrap items-end gap-3 px-4 pb-4 sm:px-6 print:hidden"
    >
      {back && <input type="hidden" name="back" value={back} />}
      <label className="flex min-w-0 flex-1 basis-40 flex-col gap-1 text-small text-ink-2">
        Influencer
        <select name="character" defaultValue={filter.character ?? ''} className={field}>
          <option value="">All influencers</option>
          {characters.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {deleted && <option value={deletedCharacters}>Deleted influencers</option>}
        </select>
      </label>
      <label className="flex min-w-0 flex-1 basis-36 flex-col gap-1 text-small text-ink-2">
        Kind
        <select name="kind" defaultValue={filter.kind ?? ''} className={field}>
          {kinds.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <div className="flex items-center gap-3">
        <Button type="submit" className="h-11">
          Filter
        </Button>
        {isFiltering(filter) && !empty && (
          <Link
            href={paths.credits(back)}
            className="text-link inline-flex min-h-target items-center"
          >
            Show all
          </Link>
        )}
      </div>
    </Form>
  );
}
