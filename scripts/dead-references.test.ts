import { expect, test } from 'vitest';
import { referencesOf } from './dead-references.ts';

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
