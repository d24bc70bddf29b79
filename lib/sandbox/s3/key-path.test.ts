import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldersOfPrefix, keyOfPath, pathOfKey } from './key-path.ts';

describe('key paths', () => {
  it.each([
    ['characters/0b5f-1/original', 'characters/0b5f-1/original'],
    ['../../etc/passwd', '%2e%2e/%2e%2e/etc/passwd'],
    ['/a//b/', '%/a/%/b/%'],
    ['A.json', '%41%2ejson'],
    ['', '%'],
    ['%', '%25'],
    ['a\0b', 'a%00b'],
  ])('%j lies at %s', (key, expected) => {
    const { folders, name } = pathOfKey(key);
    expect([...folders, name].join('/')).toBe(expected);
  });

  it('continues names that are too long for a disk', () => {
    const { folders, name } = pathOfKey('a'.repeat(450));
    expect(folders).toEqual([`${'a'.repeat(200)}+`, `${'a'.repeat(200)}+`]);
    expect(name).toBe('a'.repeat(50));
  });

  it('are reversible, harmless and the same on every disk, for any key', () => {
    const anyKey = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 700 }),
      fc.string({ unit: fc.constantFrom('.', '/', '+', '%', 'a', 'A', '\\', ':'), maxLength: 20 }),
    );
    fc.assert(
      fc.property(anyKey, (key) => {
        const { folders, name } = pathOfKey(key);
        expect(keyOfPath(folders, name)).toBe(key);
        for (const piece of [...folders, name]) {
          expect(piece).toMatch(/^[a-z0-9_%-]{1,200}\+?$/);
        }
      }),
    );
  });

  it('put every key below the folders of each of its prefixes', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', 'a', '.'), minLength: 1, maxLength: 300 }),
        fc.nat(300),
        (key, end) => {
          const { folders } = pathOfKey(key);
          const above = foldersOfPrefix(key.slice(0, end));
          expect(folders.slice(0, above.length)).toEqual(above);
        },
      ),
    );
  });
});
