import { buffer, text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { db, inTransaction } from '../db.ts';
import { makeCharacter, makeUser } from '../testing/factories.ts';
import { cancelPaidTraining, makePaidTraining } from '../testing/paid-training.ts';
import { auditLedger } from './audit-ledger.ts';
import { exportCreditLines } from './export-lines.ts';
import { grant } from './ledger.ts';
import { listCreditEntries, listCreditLines, listLedgerCharacters } from './list-lines.ts';
import type { LedgerFilter } from './rules/ledger-filter.ts';
import { balanceChange } from './rules/line-words.ts';

let userId: string;
let mara: string;
let iris: string;

/**
 * 200,000 to start with; Mara: charged 22,000, released 25,000 (failed), reserved 20,000; Iris:
 * released 22,000 (cancelled) with a grant in between; somebody gone: charged 22,000.
 */
beforeAll(async () => {
  const user = await makeUser({ credits: 200_000 });
  userId = user.id;
  const [first, second, gone] = [
    await makeCharacter(user, { name: 'Mara' }),
    await makeCharacter(user, { name: '=HYPERLINK("http://x")' }),
    await makeCharacter(user, { name: 'Gone' }),
  ];
  [mara, iris] = [first.id, second.id];
  await makePaidTraining(first, { status: 'ready' });
  await makePaidTraining(gone, { status: 'ready' });
  await makePaidTraining(first, { status: 'failed', imageCount: 10 });
  const cancelled = await makePaidTraining(second, { status: 'pending' });
  await inTransaction((tx) =>
    grant(tx, userId, 1_000, { idempotencyKey: `test:${userId}`, memo: '@bonus, with "quotes"' }),
  );
  await cancelPaidTraining(cancelled);
  await makePaidTraining(first, { status: 'pending', imageCount: 5 });
  await db().character.delete({ where: { id: gone.id } });
  // Somebody else's lines are never among these.
  const stranger = await makeUser({ credits: 500_000 });
  await makePaidTraining(await makeCharacter(stranger), { status: 'ready' });
});
afterAll(async () => {
  expect(await auditLedger()).toEqual([]);
});

const entriesOf = async (filter: LedgerFilter = {}) =>
  (await listCreditEntries(userId, { filter })).entries;

describe('the entries', () => {
  it('are what was added, and each reservation with its ending', async () => {
    const entries = await entriesOf();
    expect(
      entries.map((entry) => [entry.kind, entry.characterName, entry.amountCredits, !!entry.hold]),
    ).toEqual([
      ['reserve', 'Mara', 20_000, false],
      ['release', '=HYPERLINK("http://x")', 22_000, true],
      ['grant', null, 1_000, false],
      ['release', 'Mara', 25_000, true],
      ['capture', null, 22_000, true],
      ['capture', 'Mara', 22_000, true],
      ['grant', null, 200_000, false],
    ]);
    expect(entries[1]?.training).toEqual({ status: 'cancelled', failureReason: null });
    expect(entries[3]?.training).toEqual({ status: 'failed', failureReason: 'GPU_OUT_OF_MEMORY' });
  });

  it('carry a balance that runs on from each to the next', async () => {
    const entries = await entriesOf();
    let balance = 0;
    for (const entry of entries.toReversed()) {
      balance += balanceChange(entry.kind, entry.amountCredits);
      expect(entry.availableAfterCredits + entry.reservedAfterCredits).toBe(balance);
    }
    expect(entries[0]).toMatchObject({
      availableAfterCredits: 137_000,
      reservedAfterCredits: 20_000,
    });
  });

  it('know how it stood when the credits were reserved', async () => {
    const [, released] = await entriesOf();
    expect(released?.hold).toMatchObject({
      availableAfterCredits: 134_000,
      reservedAfterCredits: 22_000,
    });
  });

  it.each([
    ['grant', 2],
    ['reserve', 1],
    ['capture', 2],
    ['release', 2],
  ] as const)('filtered by %s are %i, and only those', async (kind, count) => {
    const entries = await entriesOf({ kind });
    expect(entries.map((entry) => entry.kind)).toEqual(Array(count).fill(kind));
  });

  it('are filtered by character, by those gone, and by both kinds of filter at once', async () => {
    expect((await entriesOf({ character: mara })).map(({ kind }) => kind)).toEqual([
      'reserve',
      'release',
      'capture',
    ]);
    expect(await entriesOf({ character: 'deleted' })).toMatchObject([
      { kind: 'capture', characterName: null },
    ]);
    expect(await entriesOf({ character: iris, kind: 'capture' })).toEqual([]);
    expect(await entriesOf({ character: mara, kind: 'capture' })).toHaveLength(1);
  });

  it('come in pages that miss nothing and repeat nothing', async () => {
    const all = await entriesOf();
    const seen: string[] = [];
    let before: number | undefined;
    do {
      const page = await listCreditEntries(userId, { before, limit: 2 });
      seen.push(...page.entries.map(({ id }) => id));
      before = page.nextBefore ?? undefined;
    } while (before !== undefined);
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  it('of a stranger’s character are none of ours', async () => {
    const other = await db().character.findFirstOrThrow({ where: { userId: { not: userId } } });
    expect(await entriesOf({ character: other.id })).toEqual([]);
  });
});

describe('whom to filter by', () => {
  it('are the characters with lines, by name, and whether some are gone', async () => {
    expect(await listLedgerCharacters(userId)).toEqual({
      characters: [
        { id: iris, name: '=HYPERLINK("http://x")' },
        { id: mara, name: 'Mara' },
      ],
      deleted: true,
    });
    const nobody = await makeUser();
    expect(await listLedgerCharacters(nobody.id)).toEqual({ characters: [], deleted: false });
  });
});

/** Reads what RFC 4180 says, no more. */
function parseCsv(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(
    /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g,
  )) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1);
}

describe('the export', () => {
  const exported = async (filter: LedgerFilter = {}) => {
    const csv = await text(exportCreditLines(userId, filter));
    return { csv, rows: parseCsv(csv) };
  };

  it('begins with the mark by which spreadsheets know UTF-8, and its columns', async () => {
    const bytes = await buffer(exportCreditLines(userId, {}));
    expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const { csv, rows } = await exported();
    expect(csv).toMatch(/^Line,Date \(UTC\),Event,Influencer,What,Why,[^\n]*\r\n[\s\S]*\r\n$/);
    expect(rows.every((row) => row.length === 11)).toBe(true);
  });

  it('has every line once, newest first, as it stands in the ledger', async () => {
    const { rows } = await exported();
    const { lines } = await listCreditLines(userId, { limit: 1_000 });
    expect(rows.slice(1).map(([no]) => Number(no))).toEqual(lines.map(({ lineNo }) => lineNo));
    expect(rows[1]?.[1]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const failed = rows.find(([, , event, who]) => event === 'Released' && who === 'Mara');
    expect(failed?.slice(2)).toEqual([
      'Released',
      'Mara',
      '10 images, Z-Image Turbo',
      'The training failed: the GPU ran out of memory.',
      '0',
      '-25000',
      '156000',
      '0',
      '156000',
    ]);
  });

  it.each([{}, { kind: 'release' }, { kind: 'grant' }, { character: 'deleted' }] as LedgerFilter[])(
    'with %o has both lines of each entry shown, and no other',
    async (filter) => {
      const { rows } = await exported(filter);
      const entries = await entriesOf(filter);
      expect(rows).toHaveLength(1 + entries.reduce((lines, { hold }) => lines + (hold ? 2 : 1), 0));
    },
  );

  it('gives a spreadsheet no formula to run, and leaves numbers numbers', async () => {
    const { rows } = await exported();
    const cells = rows.slice(1).flat();
    expect(cells).toContain('\'=HYPERLINK("http://x")');
    expect(cells).toContain('\'@bonus, with "quotes"');
    expect(cells).toContain('-22000');
    for (const cell of cells) expect(cell).not.toMatch(/^[=+@\t\r＝＋－＠]|^-\D/);
  });

  it('of nobody is a head without lines', async () => {
    const nobody = await makeUser();
    const csv = await text(exportCreditLines(nobody.id, {}));
    expect(parseCsv(csv)).toHaveLength(1);
  });

  it('reads more than one page of lines', async () => {
    const user = await makeUser();
    const { id: accountId } = await db().creditAccount.findUniqueOrThrow({
      where: { userId: user.id },
    });
    await db().$executeRaw`
      INSERT INTO credit_lines (id, account_id, kind, amount, idempotency_key, request_hash, memo)
      SELECT gen_random_uuid(), ${accountId}::uuid, 'grant', 1, 'many:' || ${accountId} || n, '', 'One'
      FROM generate_series(1, 2100) AS n`;
    const rows = parseCsv(await text(exportCreditLines(user.id, {})));
    expect(rows).toHaveLength(2_101);
    expect(new Set(rows.map(([no]) => no)).size).toBe(2_101);
  });
});
