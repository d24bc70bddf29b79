import { describe, expect, it } from 'vitest';
import { rehearsalFor, rehearsalTags } from './rehearsals.ts';

describe('rehearsalFor', () => {
  it.each([
    ['Nocap Nora', 'no-capacity'],
    ['Slow Sam', 'stall'],
    ['Twice Tess', 'duplicate-callbacks'],
    ['Oom Otto', 'out-of-memory'],
    ['Bad Bella', 'broken-file'],
    ['Mute Mia', 'mute'],
    ['slow sam', 'stall'],
    ['SLOW SAM', 'stall'],
    ['Sam', null],
    ['Slow Samantha', null],
    ['My Slow Sam', null],
    ['Slow  Sam', null],
    ['', null],
    ['constructor', null],
  ])('%j asks for %j', (name, tag) => {
    expect(rehearsalFor(name)).toBe(tag);
  });

  it('reaches every tag', () => {
    const names = ['Nocap Nora', 'Slow Sam', 'Twice Tess', 'Oom Otto', 'Bad Bella', 'Mute Mia'];
    expect(names.map(rehearsalFor).sort()).toEqual([...rehearsalTags].sort());
  });
});
