import { expect, test } from 'vitest';
import { missingPackages } from './lockfile.mjs';

const lock = (packages: Record<string, object>) => ({ lockfileVersion: 3, packages });

const wanted = lock({
  '': { name: 'likeness' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/a/node_modules/b': { version: '2.0.0' },
  'node_modules/only-on-mac': { version: '1.0.0', optional: true },
});
const complete = lock({
  'node_modules/a': { version: '1.0.0' },
  'node_modules/a/node_modules/b': { version: '2.0.0' },
});

test('nothing is missing when every package is there in its version', () => {
  expect(missingPackages(wanted, complete)).toEqual([]);
});

test('a package of another platform may be absent, but not in another version', () => {
  const other = lock({ ...complete.packages, 'node_modules/only-on-mac': { version: '0.9.0' } });
  expect(missingPackages(wanted, other)).toEqual(['node_modules/only-on-mac']);
});

test('a package too many does no harm', () => {
  const more = lock({ ...complete.packages, 'node_modules/c': { version: '1.0.0' } });
  expect(missingPackages(wanted, more)).toEqual([]);
});

test('another version and an absent package are missing, nested ones too', () => {
  const older = lock({ 'node_modules/a': { version: '0.9.0' } });
  expect(missingPackages(wanted, older)).toEqual([
    'node_modules/a',
    'node_modules/a/node_modules/b',
  ]);
});

test.each([null, undefined, {}, [], 'text', { packages: null }])(
  'an install record of %j has nothing in it',
  (installed) => {
    expect(missingPackages(wanted, installed)).toHaveLength(2);
  },
);
