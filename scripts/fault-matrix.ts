import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { testsIn } from './dead-references.ts';
import { ROOT } from './root.ts';

const steps = Array.from({ length: 12 }, (_, number) => `S${number}`);
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
const document = 'docs/fault-matrix.md';

/** Cells of the fault matrix that are missing, or name neither a test nor a reason. */
export async function findOpenCells(): Promise<string[]> {
  const text = await readFile(join(ROOT, document), 'utf8');
  return openCells(text).map((cell) => `${document}: ${cell}`);
}

/** The same, for a text. That the named tests exist is looked at for every document alike. */
export function openCells(markdown: string): string[] {
  const sections = new Map(
    markdown.split(/^## /m).map((section) => [section.split(/\s/)[0] ?? '', section.split('\n')]),
  );
  return steps.flatMap((step) =>
    faults.flatMap((fault) => {
      const row = sections.get(step)?.find((line) => line.startsWith(`| ${fault} |`));
      if (!row) return [`${step}, ${fault}: there is no such cell.`];
      const isShown = testsIn(row).length > 0 || /\| Cannot occur: .{20,}\|$/.test(row);
      return isShown
        ? []
        : [`${step}, ${fault}: no test is named, and no reason why it cannot occur.`];
    }),
  );
}
