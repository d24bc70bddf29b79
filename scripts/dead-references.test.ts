import { expect, test } from 'vitest';
import { hasTest, referencesOf, testsIn } from './dead-references.ts';

const texts = (markdown: string) => referencesOf(markdown).map(({ kind, text }) => [kind, text]);

test('finds paths in code spans, links to files and npm commands, with their lines', () => {
  const markdown = [
    'See `lib/lora/rules` and [the page](../docs/architecture.md#rooms).',
    '',
    'Run `npm run verify`.',
  ].join('\n');
  expect(referencesOf(markdown)).toEqual([
    { kind: 'path', text: 'lib/lora/rules', line: 1 },
    { kind: 'link', text: '../docs/architecture.md', line: 1 },
    { kind: 'command', text: 'verify', line: 3 },
  ]);
});

test('leaves out patterns, other code, addresses and anchors', () => {
  const markdown =
    '`lib/**/rules`, `lib/<room>/x.ts`, `POST /api/x`, `pg-boss`, `text/plain`, ' +
    '[site](https://example.org), [above](#above)';
  expect(texts(markdown)).toEqual([]);
});

test('in code blocks only commands are looked at', () => {
  expect(texts('```\nlib/none.ts `lib/none.ts`\nnpm run bench\n```\n`docs/x.md`')).toEqual([
    ['command', 'bench'],
    ['path', 'docs/x.md'],
  ]);
});

test('finds tests that are named by their title', () => {
  expect(
    testsIn('text\n| x | `e2e/main.spec.ts` “a, b and ‘c’”; `lib/a.db.test.ts`: “d” |'),
  ).toEqual([
    { file: 'e2e/main.spec.ts', title: 'a, b and ‘c’', line: 2 },
    { file: 'lib/a.db.test.ts', title: 'd', line: 2 },
  ]);
  expect(testsIn('`lib/a.ts` “not a test”')).toEqual([]);
});

test('a test is there under its whole title, or it is not', async () => {
  const file = 'scripts/dead-references.test.ts';
  expect(await hasTest({ file, title: 'finds tests that are named by their title' })).toBe(true);
  expect(await hasTest({ file, title: 'finds tests'.slice(0, 8) })).toBe(false);
  expect(await hasTest({ file: 'scripts/none.test.ts', title: 'x' })).toBe(false);
});
