import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBalance,
  formatBytes,
  formatCount,
  formatCredits,
  formatDate,
  formatDateTime,
  formatDeadline,
  formatDecimal,
  formatDollars,
  formatDuration,
  formatList,
  formatMinuteRange,
  formatMoment,
  formatNumber,
  formatPercent,
  formatRelativeTime,
  formatSignedNumber,
  formatTime,
  formatTimeRange,
  shortenMiddle,
} from './format.ts';

/** Tables are easier to read with ordinary spaces. */
const plain = (text: string) => text.replaceAll('\u00a0', ' ');
const minutes = (count: number) => count * 60_000;
const hours = (count: number) => minutes(count * 60);

describe('figures', () => {
  it.each([
    [0, '0'],
    [999, '999'],
    [22_000, '22,000'],
    [-22_000, '−22,000'],
    [1_234_567, '1,234,567'],
  ])('formatNumber(%d) is %s', (value, expected) => {
    expect(formatNumber(value)).toBe(expected);
  });

  it('writes a figure and its noun as the language has it', () => {
    const figures = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
    const plurals = new Intl.PluralRules('en-GB');
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.maxSafeInteger()), (value) => {
        expect(formatNumber(value)).toBe(figures.format(value).replace('-', '\u2212'));
        const noun = plurals.select(value) === 'one' ? 'image' : 'images';
        expect(formatCount(value, 'image').split('\u00a0')[1]).toBe(noun);
      }),
    );
  });

  it.each([
    [15_000, '+15,000'],
    [-22_000, '−22,000'],
    [0, '0'],
  ])('formatSignedNumber(%d) is %s', (value, expected) => {
    expect(formatSignedNumber(value)).toBe(expected);
  });

  it.each([
    [0.3812, 2, '0.38'],
    [12, 1, '12.0'],
    [-0.5, 1, '\u22120.5'],
    [1_234.5, 0, '1,235'],
  ])('formatDecimal(%d, %d) is %s', (value, digits, expected) => {
    expect(formatDecimal(value, digits)).toBe(expected);
  });

  it.each([
    [0, '0 images'],
    [1, '1 image'],
    [2, '2 images'],
    [1_000, '1,000 images'],
  ])('formatCount(%d, "image") is %s', (count, expected) => {
    expect(plain(formatCount(count, 'image'))).toBe(expected);
  });

  it('takes an irregular plural', () => {
    expect(plain(formatCount(2, 'copy', 'copies'))).toBe('2 copies');
  });

  it.each([
    [1, '1 credit'],
    [22_000, '22,000 credits'],
  ])('formatCredits(%d) is %s', (credits, expected) => {
    expect(plain(formatCredits(credits))).toBe(expected);
  });

  it('never lets a number part from its word', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000_000 }), (credits) => {
        expect(formatCredits(credits)).not.toContain(' ');
        expect(formatBytes(credits)).not.toContain(' ');
      }),
    );
  });

  it('breaks a moment only between the day and the clock', () => {
    const at = new Date('2026-03-12T15:40:00Z');
    expect(formatMoment(at, { timeZone: 'UTC' }).split(' ')).toHaveLength(2);
    const ago = formatRelativeTime(at, { now: new Date(at.getTime() + hours(2)) });
    expect(ago).toBe('2\u00a0hours ago');
  });

  it.each([
    [{ availableCredits: 24_000, reservedCredits: 22_000 }, '46,000 (22,000 reserved)'],
    [{ availableCredits: 18_000, reservedCredits: 22_000 }, '40,000 (22,000 reserved)'],
    [{ availableCredits: 40_000, reservedCredits: 0 }, '40,000'],
    [{ availableCredits: 0, reservedCredits: 0 }, '0'],
  ])('formatBalance(%o) is %s', (balance, expected) => {
    expect(plain(formatBalance(balance))).toBe(expected);
  });

  it.each([
    [25_000_000, '$25'],
    [420_000, '$0.42'],
    [1_500_000, '$1.50'],
    [0, '$0'],
    [1_234_000_000, '$1,234'],
  ])('formatDollars(%d) is %s', (microUsd, expected) => {
    expect(formatDollars(microUsd)).toBe(expected);
  });

  it.each([
    [0, '0 %'],
    [0.413, '41 %'],
    [0.57, '57 %'],
    [0.999, '99 %'],
    [1, '100 %'],
    [1.2, '100 %'],
    [-1, '0 %'],
  ])('formatPercent(%d) is %s', (share, expected) => {
    expect(plain(formatPercent(share))).toBe(expected);
  });

  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [480_200, '480 kB'],
    [999_600, '1 MB'],
    [4_230_000, '4.2 MB'],
    [9_960_000, '10 MB'],
    [31_000_000, '31 MB'],
    [300_000_000, '300 MB'],
    [1_500_000_000, '1.5 GB'],
  ])('formatBytes(%d) is %s', (bytes, expected) => {
    expect(plain(formatBytes(bytes))).toBe(expected);
  });

  it.each([
    [[], ''],
    [['a'], 'a'],
    [['a', 'b'], 'a and b'],
    [['a', 'b', 'c'], 'a, b and c'],
  ])('formatList(%o) is %s', (items, expected) => {
    expect(formatList(items)).toBe(expected);
  });
});

describe('lengths of time', () => {
  it.each([
    [0, '0 s'],
    [25_400, '25 s'],
    [minutes(4), '4 min'],
    [minutes(4) + 10_000, '4 min 10 s'],
    [minutes(12) + 40_000, '12 min'],
    [minutes(72), '1 h 12 min'],
    [hours(2), '2 h'],
    [hours(72), '3 days'],
  ])('formatDuration(%d) is %s', (durationMs, expected) => {
    expect(plain(formatDuration(durationMs))).toBe(expected);
  });

  it.each([
    [25, 60, '25 to 60 minutes'],
    [60, 25, '25 to 60 minutes'],
    [5, 5, '5 minutes'],
    [1, 1, '1 minute'],
    [0, 0, 'less than a minute'],
    [0, 3, 'up to 3 minutes'],
    [50, 110, '50 to 110 minutes'],
    [120, 180, '2 to 3 hours'],
    [105, 150, '1 h 45 min to 2 h 30 min'],
    [180, 180, '3 hours'],
  ])('formatMinuteRange(%d, %d) is %s', (from, to, expected) => {
    expect(plain(formatMinuteRange(from, to))).toBe(expected);
  });

  it.each([
    [20_000, 50_000, 'less than a minute'],
    [30_000, minutes(2.2), 'up to 3 minutes'],
    [minutes(3.4), minutes(7.1), '3 to 8 minutes'],
    [minutes(12), minutes(19), '10 to 20 minutes'],
    [minutes(9.5), minutes(9.6), '9 to 10 minutes'],
    [minutes(47), minutes(71), '45 to 75 minutes'],
  ])('formatTimeRange(%d, %d) is %s', (from, to, expected) => {
    expect(plain(formatTimeRange(from, to))).toBe(expected);
  });

  it('rounds outwards: the range written holds the range given', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: minutes(119) }),
        fc.integer({ min: 0, max: minutes(119) }),
        (a, b) => {
          const text = plain(formatTimeRange(a, b));
          const figures = [...text.matchAll(/\d+/g)].map(Number);
          const to = figures.at(-1) ?? 1;
          const from = figures.length > 1 ? (figures[0] ?? 0) : text.startsWith('up to') ? 0 : to;
          expect(minutes(to)).toBeGreaterThanOrEqual(Math.max(a, b));
          if (figures.length > 0) expect(minutes(from)).toBeLessThanOrEqual(Math.min(a, b));
        },
      ),
    );
  });
});

describe('points in time', () => {
  const now = new Date('2026-03-12T15:00:00Z');
  const berlin = { timeZone: 'Europe/Berlin', now };

  it.each([
    ['2026-03-12T15:40:00Z', '12 March'],
    ['2025-03-12T15:40:00Z', '12 March 2025'],
    ['2025-12-31T23:30:00Z', '1 January'],
  ])('formatDate(%s) in Berlin is %s', (at, expected) => {
    expect(plain(formatDate(new Date(at), berlin))).toBe(expected);
  });

  it('tells the time on the 24-hour clock of the zone', () => {
    expect(formatTime(new Date('2026-03-12T15:40:00Z'), berlin)).toBe('16:40');
    expect(formatTime(new Date('2026-03-12T00:05:00Z'), { timeZone: 'UTC' })).toBe('00:05');
    expect(plain(formatDateTime(new Date('2026-03-12T15:40:00Z'), berlin))).toBe('12 March, 16:40');
  });

  it.each([
    ['2026-03-12T15:40:00Z', '16:40'],
    ['2026-03-12T22:59:00Z', '23:59'],
    ['2026-03-12T23:01:00Z', '13 March, 00:01'],
  ])('formatDeadline(%s) in Berlin is %s', (at, expected) => {
    expect(plain(formatDeadline(new Date(at), berlin))).toBe(expected);
  });

  it('names year and zone where it stands alone', () => {
    const at = new Date('2026-03-12T15:40:00Z');
    expect(plain(formatMoment(at, { timeZone: 'UTC' }))).toBe('12 March 2026, 15:40 UTC');
    expect(plain(formatMoment(at, { timeZone: 'Europe/London' }))).toBe('12 March 2026, 15:40 GMT');
    expect(plain(formatMoment(at, { timeZone: 'Europe/Berlin' }))).toMatch(
      /^12 March 2026, 16:40 (CET|GMT\+1)$/,
    );
  });

  it.each([
    [0, 'just now'],
    [-44_000, 'just now'],
    [-minutes(1), '1 minute ago'],
    [-minutes(3), '3 minutes ago'],
    [-hours(1), '1 hour ago'],
    [-hours(11), '11 hours ago'],
    [hours(2), 'in 2 hours'],
    [-hours(24), 'yesterday'],
    [hours(24), 'tomorrow'],
    [-hours(72), '3 days ago'],
    [-hours(24 * 7), '5 March'],
    [-hours(24 * 365), '12 March 2025'],
  ])('formatRelativeTime(%d ms from now) is %s', (differenceMs, expected) => {
    expect(plain(formatRelativeTime(new Date(now.getTime() + differenceMs), berlin))).toBe(
      expected,
    );
  });
});

describe('shortenMiddle', () => {
  it.each([
    ['IMG_2041.jpeg', 'IMG_2041.jpeg'],
    ['a-very-long-name-from-a-phone-camera-2041-final.jpeg', 'a-very-long-nam…1-final.jpeg'],
  ])('%s becomes %s', (name, expected) => {
    expect(shortenMiddle(name)).toBe(expected);
  });

  it('is never longer than asked and cuts no character in half', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 5, max: 40 }),
        (name, longest) => {
          const short = shortenMiddle(name, longest);
          expect([...short].length).toBeLessThanOrEqual(Math.max(longest, 0));
          expect(/\p{Surrogate}/u.test(short)).toBe(/\p{Surrogate}/u.test(name));
        },
      ),
    );
  });
});
