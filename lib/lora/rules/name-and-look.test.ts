import { describe, expect, it } from 'vitest';
import { createCharacterSchema } from './schemas.ts';

const refused = (input: object) => createCharacterSchema.safeParse(input).error?.issues[0]?.path[0];

describe('a name', () => {
  it.each([
    'Mara',
    '../../x',
    '<script>alert(1)</script>',
    'مارا الجميلة',
    'דנה\u202eabc',
    '🧑🏽‍🎤',
    'x'.repeat(60),
    // As people count.
    '🦊'.repeat(60),
    '"; DROP TABLE characters; --',
  ])('is what its creator typed: %s', (name) => {
    expect(createCharacterSchema.parse({ name })).toEqual({ name, look: '' });
  });

  it('loses the spaces around it', () => {
    expect(createCharacterSchema.parse({ name: '  Mara \n' })).toMatchObject({ name: 'Mara' });
  });

  it.each([
    ['nothing', ''],
    ['spaces', '   \t'],
    ['marks that cannot be seen', '\u200b\u200d\u2060'],
    ['61 characters', 'x'.repeat(61)],
    ['61 emoji', '🦊'.repeat(61)],
    ['10,000 characters', 'x'.repeat(10_000)],
    ['two lines', 'Mara\nMoon'],
    ['a NUL', 'Ma\0ra'],
  ])('is not %s', (_what, name) => {
    expect(refused({ name })).toBe('name');
  });
});

describe('a look', () => {
  it('may have lines and a thousand characters', () => {
    const look = `${'ä🦊'.repeat(499)}\nx`;
    expect(createCharacterSchema.parse({ name: 'Mara', look })).toMatchObject({ look });
  });

  it.each(['x'.repeat(1_001), '🦊'.repeat(1_001), 'a\0b'])('is refused beyond that', (look) => {
    expect(refused({ name: 'Mara', look })).toBe('look');
  });
});

it.each([
  ['an extra field', { name: 'Mara', role: 'operator' }],
  ['no name', { look: 'freckles' }],
  ['a number', { name: 7 }],
  ['null', { name: null }],
])('refuses %s', (_what, input) => {
  expect(createCharacterSchema.safeParse(input).success).toBe(false);
});
