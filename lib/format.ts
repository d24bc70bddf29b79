/**
 * How figures, times and amounts are written, everywhere: on pages, in notifications and in
 * sentences about errors. Pure: the moment and the time zone are arguments (zone left out = the
 * machine's own, which is what a browser wants and a server does not).
 */

const locale = 'en-GB';
const nbsp = '\u00a0';
const minus = '\u2212';

/**
 * A whole number with separators: 22000 → "22,000"; negative with a true minus sign. Written by
 * hand: every page needs it, and a browser's own formatter takes 20 ms of a phone to wake.
 */
export function formatNumber(value: number): string {
  const digits = Math.round(Math.abs(value)).toFixed(0);
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return value < 0 && digits !== '0' ? `${minus}${grouped}` : grouped;
}

/** A measured figure with so many digits after the point: (0.3812, 2) → "0.38", (12, 1) → "12.0". */
export function formatDecimal(value: number, digits: number): string {
  const figure = new Intl.NumberFormat(locale, {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return figure.format(value).replace('-', minus);
}

/** A change: 15000 → "+15,000", -22000 → "−22,000", 0 → "0". */
export function formatSignedNumber(value: number): string {
  return value > 0 ? `+${formatNumber(value)}` : formatNumber(value);
}

/** A count with its noun: (1, "image") → "1 image", (2, "image") → "2 images". */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)}${nbsp}${Math.abs(count) === 1 ? one : many}`;
}

/** Credits with the word: 22000 → "22,000 credits". */
export function formatCredits(credits: number): string {
  return formatCount(credits, 'credit');
}

/**
 * A balance as it is shown everywhere: "46,000 (22,000 reserved)". The first figure includes the
 * reserved part; no bracket when nothing is reserved.
 */
export function formatBalance(balance: {
  availableCredits: number;
  reservedCredits: number;
}): string {
  const total = formatNumber(balance.availableCredits + balance.reservedCredits);
  return balance.reservedCredits > 0
    ? `${total} (${formatNumber(balance.reservedCredits)}${nbsp}reserved)`
    : total;
}

/** Money from whole micro-dollars: 25_000_000 → "$25", 420_000 → "$0.42". */
export function formatDollars(microUsd: number): string {
  const cents = Math.round(microUsd / 10_000);
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: cents % 100 === 0 ? 0 : 2,
  })
    .format(cents / 100)
    .replace('-', minus);
}

/** A share of 1: 0.413 → "41 %". Rounded down, so that nothing unfinished says 100. */
export function formatPercent(share: number): string {
  return `${Math.floor(Math.min(1, Math.max(0, share)) * 100 + 1e-9)}${nbsp}%`;
}

const byteUnits = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A size in powers of 1,000: 4_200_000 → "4.2 MB", 300_000_000 → "300 MB". */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 would be written 1,000: it belongs to the next unit.
  while (value >= 999.5 && unit < byteUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  const figure = new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
  return `${figure}${nbsp}${byteUnits[unit]}`;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** How long something took: "25 s", "4 min 10 s", "1 h 12 min", "2 days". Rounded down. */
export function formatDuration(durationMs: number): string {
  const whole = Math.max(0, durationMs);
  if (whole < minuteMs) return `${Math.floor(whole / secondMs)}${nbsp}s`;
  if (whole < 10 * minuteMs) {
    const seconds = Math.floor((whole % minuteMs) / secondMs);
    const minutes = `${Math.floor(whole / minuteMs)}${nbsp}min`;
    return seconds > 0 ? `${minutes} ${seconds}${nbsp}s` : minutes;
  }
  if (whole < hourMs) return `${Math.floor(whole / minuteMs)}${nbsp}min`;
  if (whole < 2 * dayMs) {
    const minutes = Math.floor((whole % hourMs) / minuteMs);
    const hours = `${Math.floor(whole / hourMs)}${nbsp}h`;
    return minutes > 0 ? `${hours} ${minutes}${nbsp}min` : hours;
  }
  return formatCount(Math.floor(whole / dayMs), 'day');
}

/** Whole minutes in words: "25 to 60 minutes", "5 minutes", "2 to 3 hours", "1 h 45 min to 2 h". */
export function formatMinuteRange(fromMinutes: number, toMinutes: number): string {
  const from = Math.min(fromMinutes, toMinutes);
  const to = Math.max(fromMinutes, toMinutes);
  if (to < 1) return 'less than a minute';
  if (to <= 120) {
    if (from === to) return formatCount(to, 'minute');
    return from < 1
      ? `up to ${formatCount(to, 'minute')}`
      : `${from} to ${formatCount(to, 'minute')}`;
  }
  if (from % 60 === 0 && to % 60 === 0 && from > 0) {
    const hours = formatCount(to / 60, 'hour');
    return from === to ? hours : `${from / 60} to ${hours}`;
  }
  const span = (minutes: number) => formatDuration(minutes * minuteMs);
  return from === to ? span(to) : from < 1 ? `up to ${span(to)}` : `${span(from)} to ${span(to)}`;
}

/**
 * An estimate of time as a range, rounded outwards so that it never promises more than is known:
 * to 1 minute below 10, to 5 below 60, to 15 above.
 */
export function formatTimeRange(fromMs: number, toMs: number): string {
  const step = (minutes: number) => (minutes < 10 ? 1 : minutes < 60 ? 5 : 15);
  const from = Math.max(0, Math.min(fromMs, toMs)) / minuteMs;
  const to = Math.max(0, fromMs, toMs) / minuteMs;
  return formatMinuteRange(
    Math.floor(from / step(from)) * step(from),
    to < 1 ? 0 : Math.ceil(to / step(to)) * step(to),
  );
}

interface Zone {
  /** IANA name; the machine's own when left out. */
  timeZone?: string;
}

interface Standpoint extends Zone {
  /** What "today", "this year" and "ago" are measured from. */
  now: Date;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function dateTimeFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let formatter = formatters.get(key);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(locale, options);
    formatters.set(key, formatter);
  }
  return formatter;
}

const day = (at: Date, timeZone?: string) =>
  dateTimeFormat({ year: 'numeric', month: '2-digit', day: '2-digit', timeZone }).format(at);

const year = (at: Date, timeZone?: string) =>
  dateTimeFormat({ year: 'numeric', timeZone }).format(at);

/** "12 March", with the year when it is another one: "12 March 2025". Never broken over two lines. */
export function formatDate(at: Date, { timeZone, now }: Standpoint): string {
  const sameYear = year(at, timeZone) === year(now, timeZone);
  return dateTimeFormat({
    day: 'numeric',
    month: 'long',
    year: sameYear ? undefined : 'numeric',
    timeZone,
  })
    .format(at)
    .replaceAll(' ', nbsp);
}

/** "16:40" on the 24-hour clock. */
export function formatTime(at: Date, { timeZone }: Zone = {}): string {
  return dateTimeFormat({ hour: '2-digit', minute: '2-digit', hour12: false, timeZone }).format(at);
}

/** "12 March, 16:40". */
export function formatDateTime(at: Date, options: Standpoint): string {
  return `${formatDate(at, options)}, ${formatTime(at, options)}`;
}

/** A moment ahead: "16:40", with the date when it is not today: "12 March, 16:40". */
export function formatDeadline(at: Date, options: Standpoint): string {
  const { timeZone, now } = options;
  return day(at, timeZone) === day(now, timeZone)
    ? formatTime(at, options)
    : formatDateTime(at, options);
}

/** A moment that can be read alone, for titles and exports: "12 March 2026, 16:40 GMT+1". */
export function formatMoment(at: Date, { timeZone }: Zone = {}): string {
  const date = dateTimeFormat({ day: 'numeric', month: 'long', year: 'numeric', timeZone });
  const zone = dateTimeFormat({ hour: '2-digit', timeZoneName: 'short', timeZone })
    .formatToParts(at)
    .find((part) => part.type === 'timeZoneName')?.value;
  const clock = `${formatTime(at, { timeZone })} ${zone ?? ''}`.trim();
  return [date.format(at), clock].map((part) => part.replaceAll(' ', nbsp)).join(', ');
}

function formatSteps(steps: number, unit: Intl.RelativeTimeFormatUnit): string {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(steps, unit);
  return words.replace(/(\d) /, `$1${nbsp}`);
}

/** "just now", "3 minutes ago", "in 2 hours", "yesterday"; from a week on the date. */
export function formatRelativeTime(at: Date, options: Standpoint): string {
  const { timeZone, now } = options;
  const differenceMs = at.getTime() - now.getTime();
  const distanceMs = Math.abs(differenceMs);
  if (distanceMs < 45 * secondMs) return 'just now';
  if (distanceMs < 59.5 * minuteMs) {
    return formatSteps(Math.round(differenceMs / minuteMs), 'minute');
  }
  const days = calendarDay(at, timeZone) - calendarDay(now, timeZone);
  if (distanceMs < 12 * hourMs || days === 0) {
    return formatSteps(Math.round(differenceMs / hourMs), 'hour');
  }
  return Math.abs(days) < 7 ? formatSteps(days, 'day') : formatDate(at, options);
}

/** Days since 1970 of the date that the calendar shows in that zone. */
function calendarDay(at: Date, timeZone?: string): number {
  const parts = dateTimeFormat({ year: 'numeric', month: 'numeric', day: 'numeric', timeZone });
  const read: Record<string, number> = {};
  for (const part of parts.formatToParts(at)) read[part.type] = Number(part.value);
  return Date.UTC(read.year ?? 0, (read.month ?? 1) - 1, read.day ?? 1) / dayMs;
}

/** "a", "a and b", "a, b and c". */
export function formatList(items: readonly string[]): string {
  return new Intl.ListFormat(locale, { type: 'conjunction' }).format(items);
}

/** A long file name with its middle left out, so that the ending stays: "IMG_2041…final.jpeg". */
export function shortenMiddle(text: string, longest = 28): string {
  const characters = [...text];
  if (characters.length <= longest) return text;
  const tail = Math.floor((longest - 1) * 0.45);
  const head = longest - 1 - tail;
  return `${characters.slice(0, head).join('')}…${characters.slice(-tail).join('')}`;
}
