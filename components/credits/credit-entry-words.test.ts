import { describe, expect, it } from 'vitest';
import { type Entry, stepsOf, wordEntry } from './credit-entry-words.ts';

const entry = (kind: Entry['kind'], change: Partial<Entry> = {}): Entry => ({
  id: 'newest',
  lineNo: 7,
  kind,
  amountCredits: 22_000,
  availableAfterCredits: 24_000,
  reservedAfterCredits: 0,
  memo: 'Training, 7 images, Z-Image Turbo',
  characterId: 'mara',
  characterName: 'Mara',
  training: { status: 'failed', failureReason: 'GPU_LOST' },
  settledBy: null,
  createdAt: '2026-03-12T13:00:00Z',
  hold: null,
  ...change,
});

const hold = {
  id: 'hold',
  availableAfterCredits: 2_000,
  reservedAfterCredits: 22_000,
  createdAt: '2026-03-12T12:00:00Z',
};

describe('the line of an entry', () => {
  it.each([
    ['grant', 22_000, ''],
    ['reserve', 0, '22,000\u00a0credits set aside'],
    ['capture', -22_000, ''],
    ['release', 0, '22,000\u00a0credits back'],
  ] as const)('of a %s moves the balance by %i: "%s"', (kind, changeCredits, aside) => {
    expect(wordEntry(entry(kind))).toMatchObject({ changeCredits, aside });
  });

  it('names whom and what credits were reserved for, however that ended', () => {
    for (const kind of ['reserve', 'capture', 'release'] as const) {
      expect(wordEntry(entry(kind))).toMatchObject({
        verb: 'Reserved for',
        named: true,
        detail: ['7 images', 'Z-Image Turbo'],
      });
    }
  });

  it('is its memo where credits were added', () => {
    const added = entry('grant', { memo: 'Bought for $25', characterName: null });
    expect(wordEntry(added)).toMatchObject({ verb: 'Bought for $25', named: false, detail: [] });
  });
});

describe('its steps', () => {
  it('are the reservation and its ending in their order, each with what was left then', () => {
    expect(stepsOf(entry('release', { hold }))).toMatchObject([
      { id: 'hold', label: 'Reserved', at: hold.createdAt, availableAfterCredits: 2_000 },
      {
        id: 'newest',
        label: 'Released',
        reason: 'The training failed: we lost contact with the GPU.',
        availableAfterCredits: 24_000,
      },
    ]);
    expect(stepsOf(entry('capture', { hold }))?.map(({ label }) => label)).toEqual([
      'Reserved',
      'Charged',
    ]);
  });

  it('are the reservation alone while it is open, and none where credits were added', () => {
    expect(stepsOf(entry('reserve'))?.map(({ label }) => label)).toEqual(['Reserved']);
    expect(stepsOf(entry('grant'))).toBeNull();
  });
});
