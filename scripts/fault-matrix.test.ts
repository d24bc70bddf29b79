import { expect, test } from 'vitest';
import { openCells } from './fault-matrix.ts';

const faults = 'crash before,crash after,timeout,4xx,5xx,garbage,duplicate,out of order,slow'.split(
  ',',
);

const cells = Array.from({ length: 12 }, (_, step) =>
  faults.map((row) => ({ section: `S${step}`, row })),
).flat();

function matrix(cell: (step: number, fault: string) => string): string {
  return Array.from({ length: 12 }, (_, step) => {
    const rows = faults.map((fault) => cell(step, fault)).filter(Boolean);
    return `## S${step} A step\n\n${rows.join('\n')}\n`;
  }).join('\n');
}
const sound = (fault: string) => `| ${fault} | what | \`lib/a.test.ts\` “a title” |`;

test('a matrix is whole when each cell names a test or a reason', () => {
  const reason = '| slow | — | Cannot occur: nothing outside is called at all. |';
  expect(
    openCells(
      matrix((_, fault) => sound(fault)),
      cells,
    ),
  ).toEqual([]);
  expect(
    openCells(
      matrix((_, fault) => (fault === 'slow' ? reason : sound(fault))),
      cells,
    ),
  ).toEqual([]);
});

test('a missing cell, an empty one and a reason that is none are told', () => {
  const text = matrix((step, fault) => {
    if (step === 1 && fault === '4xx') return '';
    if (step === 2 && fault === 'slow') return '| slow | what | |';
    if (step === 11 && fault === 'slow') return '| slow | — | Cannot occur: no. |';
    return sound(fault);
  });
  expect(openCells(text, cells)).toEqual([
    'S1, 4xx: there is no such cell.',
    'S2, slow: no test is named, and no reason why it cannot occur.',
    'S11, slow: no test is named, and no reason why it cannot occur.',
  ]);
});
