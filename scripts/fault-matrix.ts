import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testsIn } from './dead-references.ts';
import { ROOT } from './root.ts';

/** A row of a table, by how its line begins, under the heading whose first word is `section`. */
interface Cell {
  section: string;
  row: string;
}

/** A document of tables in which each of these rows ends in a test, or in why it needs none. */
interface Matrix {
  document: string;
  cells: readonly Cell[];
}

const numbered = (letter: string, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => `${letter}${from + at}`);

const steps = numbered('S', 0, 11);
const faults = [
  'crash before',
  'crash after',
  'timeout',
  '4xx',
  '5xx',
  'garbage',
  'duplicate',
  'out of order',
  'slow',
];

const matrices: readonly Matrix[] = [
  {
    document: 'docs/fault-matrix.md',
    cells: steps.flatMap((section) => faults.map((row) => ({ section, row }))),
  },
  {
    document: 'docs/gpu-faults.md',
    cells: [
      ...numbered('E', 1, 19).map((row) => ({ section: 'Endings', row })),
      ...numbered('P', 1, 19).map((row) => ({ section: 'Providers', row })),
      ...numbered('V', 1, 18).map((row) => ({ section: 'Vendors', row })),
      ...numbered('T', 1, 52).map((row) => ({ section: 'Trainer', row })),
    ],
  },
];

/** Cells of the fault tables that are missing, or name neither a test nor a reason. */
export async function findOpenCells(): Promise<string[]> {
  const open = matrices.map(async ({ document, cells }) =>
    openCells(await readFile(join(ROOT, document), 'utf8'), cells).map(
      (cell) => `${document}: ${cell}`,
    ),
  );
  return (await Promise.all(open)).flat();
}

/** The same, for a text. That the named tests exist is looked at for every document alike. */
export function openCells(markdown: string, cells: readonly Cell[]): string[] {
  const sections = new Map(
    markdown.split(/^## /m).map((section) => [section.split(/\s/)[0] ?? '', section.split('\n')]),
  );
  return cells.flatMap(({ section, row }) => {
    const line = sections.get(section)?.find((candidate) => candidate.startsWith(`| ${row} |`));
    if (!line) return [`${section}, ${row}: there is no such cell.`];
    const isShown = testsIn(line).length > 0 || /\| Cannot occur: .{20,}\|$/.test(line);
    return isShown
      ? []
      : [`${section}, ${row}: no test is named, and no reason why it cannot occur.`];
  });
}
