'use client';

import { formatDate, formatDeadline, formatMoment, formatTime } from '@/lib/format';
import { useHydrated } from './use-hydrated';

interface LocalTimeProps {
  at: Date | string;
  /**
   * `date` "12 March" · `time` "16:40" · `deadline` "16:40", with the date when it is not today ·
   * `moment` "12 March 2026, 16:40 CET".
   */
  as?: 'date' | 'time' | 'deadline' | 'moment';
  className?: string;
}

const formats = {
  date: formatDate,
  time: formatTime,
  deadline: formatDeadline,
  moment: formatMoment,
};

/** A point in time in the reader's own zone (UTC until hydration), exact in the title. */
export function LocalTime({ at, as = 'date', className }: LocalTimeProps) {
  const hydrated = useHydrated();
  const instant = new Date(at);
  const timeZone = hydrated ? undefined : 'UTC';
  const now = new Date();
  return (
    <time
      dateTime={instant.toISOString()}
      title={formatMoment(instant, { timeZone })}
      className={className}
      suppressHydrationWarning
    >
      {(hydrated ? formats[as] : formatMoment)(instant, { timeZone, now })}
    </time>
  );
}
