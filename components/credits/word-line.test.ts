import { describe, expect, it } from 'vitest';
import { type CreditLine, wordLine } from './word-line.ts';

const line = (kind: CreditLine['kind'], settledBy: CreditLine['settledBy'] = null): CreditLine => ({
  id: '1',
  kind,
  amountCredits: 22_000,
  availableAfterCredits: 24_000,
  reservedAfterCredits: 22_000,
  memo: 'Training, 7 images, Z-Image Turbo',
  characterId: 'mara',
  characterName: 'Mara',
  settledBy,
  createdAt: '2026-03-12T12:00:00Z',
});

describe('wordLine', () => {
  it.each([
    ['grant', 22_000],
    ['reserve', 0],
    ['capture', -22_000],
    ['release', 0],
  ] as const)('a %s moves the balance, its reserved part included, by %i', (kind, change) => {
    expect(wordLine(line(kind)).changeCredits).toBe(change);
  });

  it('says how a reservation ended', () => {
    expect(wordLine(line('reserve')).reason).toContain('until the training ends');
    expect(wordLine(line('reserve', 'capture')).reason).toContain('Charged');
    expect(wordLine(line('reserve', 'release')).reason).toContain('Given back');
  });

  it('names the character of everything but a grant, whose reason is its memo', () => {
    expect(wordLine(line('grant'))).toMatchObject({ named: false, verb: line('grant').memo });
    for (const kind of ['reserve', 'capture', 'release'] as const) {
      expect(wordLine(line(kind))).toMatchObject({ named: true, detail: line(kind).memo });
    }
  });
});
