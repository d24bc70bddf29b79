import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify';
import { type CreditLineView, listCreditLines } from './list-lines.ts';
import type { LedgerFilter } from './rules/ledger-filter.ts';
import {
  balanceChange,
  entryLabels,
  lineDetail,
  lineReason,
  reservedChange,
} from './rules/line-words.ts';

const columns = [
  'Line',
  'Date (UTC)',
  'Event',
  'Influencer',
  'What',
  'Why',
  'Change of balance',
  'Change of reserved',
  'Balance after',
  'Reserved after',
  'To spend after',
] as const;

function recordOf(line: CreditLineView): Record<(typeof columns)[number], string | number> {
  const { kind, amountCredits, availableAfterCredits, reservedAfterCredits } = line;
  return {
    Line: line.lineNo,
    'Date (UTC)': line.createdAt.toISOString(),
    Event: entryLabels[kind],
    Influencer: line.characterName ?? (kind === 'grant' ? '' : 'a deleted influencer'),
    What: lineDetail(line.memo),
    Why: lineReason(kind, line.training),
    'Change of balance': balanceChange(kind, amountCredits),
    'Change of reserved': reservedChange(kind, amountCredits),
    'Balance after': availableAfterCredits + reservedAfterCredits,
    'Reserved after': reservedAfterCredits,
    'To spend after': availableAfterCredits,
  };
}

const pageLines = 1_000;

async function* recordsOf(userId: string, filter: LedgerFilter) {
  let before: number | undefined;
  do {
    const { lines, nextBefore } = await listCreditLines(userId, {
      filter,
      before,
      limit: pageLines,
    });
    for (const line of lines) yield recordOf(line);
    before = nextBefore ?? undefined;
  } while (before !== undefined);
}

/**
 * The user's ledger as CSV (RFC 4180, UTF-8 with the mark by which spreadsheets know it), newest
 * first, exactly the lines of the filtered history. Read and written in pages, so its memory does not
 * grow with it. What a spreadsheet would take for a formula gets an apostrophe before it: names are
 * the creator's own, but the file may be opened by their bookkeeper.
 */
export function exportCreditLines(userId: string, filter: LedgerFilter): Readable {
  const csv = stringify({
    header: true,
    columns: [...columns],
    bom: true,
    escape_formulas: true,
    record_delimiter: 'windows',
  });
  const records = Readable.from(recordsOf(userId, filter));
  records.on('error', (error) => csv.destroy(error));
  csv.on('close', () => records.destroy());
  return records.pipe(csv);
}
