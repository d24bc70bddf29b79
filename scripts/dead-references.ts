import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ROOT } from './root.ts';
import { sourceFiles } from './source-files.ts';

const ROOMS = ['app', 'components', 'docs', 'e2e', 'lib', 'prisma', 'public', 'scripts', 'worker'];
const EXTENSIONS = ['', '.ts', '.tsx', '.mjs', '.md'];

/** Files and `npm run` commands that documents name and the checkout does not have. */
export async function findDeadReferences(): Promise<string[]> {
  const manifest: { scripts: Record<string, string> } = JSON.parse(
    await readFile(join(ROOT, 'package.json'), 'utf8'),
  );
  const documents = (await sourceFiles()).filter((file) => file.endsWith('.md'));
  const found = await Promise.all(
    documents.map(async (document) => {
      const text = await readFile(join(ROOT, document), 'utf8');
      return [
        ...referencesOf(text).filter((reference) =>
          isDead(reference, document, Object.keys(manifest.scripts)),
        ),
        ...(await deadTests(testsIn(text))),
      ].map(({ text: name, line }) => `${document}:${line}: ${name} does not exist.`);
    }),
  );
  return found.flat();
}

export interface Reference {
  kind: 'path' | 'link' | 'command';
  text: string;
  line: number;
}

/**
 * What a Markdown text refers to: links to files, paths in code spans that begin with one of our
 * folders, and npm commands. Code blocks and patterns (`*`, `<id>`, `…`) are not references.
 */
export function referencesOf(markdown: string): Reference[] {
  const references: Reference[] = [];
  let fenced = false;
  for (const [index, line] of markdown.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
    for (const match of line.matchAll(/\bnpm run ([a-z][\w:-]*)/g)) {
      references.push({ kind: 'command', text: match[1] ?? '', line: index + 1 });
    }
    if (fenced) continue;
    for (const match of line.matchAll(/`([^`\s]+)`/g)) {
      const path = match[1] ?? '';
      const [room = ''] = path.split('/');
      const isPath = path.includes('/') && ROOMS.includes(room) && !/[*<>{}…$?]/.test(path);
      if (isPath) references.push({ kind: 'path', text: path, line: index + 1 });
    }
    for (const match of line.matchAll(/\]\(([^)\s]+)\)/g)) {
      const target = (match[1] ?? '').replace(/#.*$/, '');
      const isFile = target !== '' && !/^[a-z]+:/.test(target);
      if (isFile) references.push({ kind: 'link', text: target, line: index + 1 });
    }
  }
  return references;
}

/** A test by its title, whole and as its file says it. */
export interface NamedTest {
  file: string;
  title: string;
}

/** Tests that a Markdown text names by their title: `e2e/main.spec.ts` “a title”. */
export function testsIn(markdown: string): (NamedTest & { line: number })[] {
  return markdown
    .split('\n')
    .flatMap((line, index) =>
      [...line.matchAll(/`([^`\s]+(?:\.(?:spec|test)|-contract)\.ts)`:? “([^”]+)”/g)].map(
        ([, file = '', title = '']) => ({ file, title, line: index + 1 }),
      ),
    );
}

async function deadTests(
  named: (NamedTest & { line: number })[],
): Promise<{ text: string; line: number }[]> {
  const found = await Promise.all(
    named.map(async ({ line, ...test }) =>
      (await hasTest(test)) ? [] : [{ text: `a test “${test.title}” in ${test.file}`, line }],
    ),
  );
  return found.flat();
}

/** Whether the file has a test of exactly that title. */
export async function hasTest({ file, title }: NamedTest): Promise<boolean> {
  const source = await readFile(join(ROOT, file), 'utf8').catch(() => '');
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
}

function isDead({ kind, text }: Reference, document: string, commands: string[]): boolean {
  if (kind === 'command') return !commands.includes(text);
  const base = kind === 'link' ? join(ROOT, dirname(document)) : ROOT;
  return EXTENSIONS.every((extension) => !existsSync(join(base, text + extension)));
}
