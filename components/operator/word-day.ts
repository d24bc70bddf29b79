import { formatDate } from '@/lib/format';

/** "12 March" from "2026-03-12": days are UTC, whatever the reader's zone. */
export function wordDay(day: string): string {
  return formatDate(new Date(`${day}T00:00:00Z`), { timeZone: 'UTC', now: new Date() });
}
