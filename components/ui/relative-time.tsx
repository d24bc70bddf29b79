'use client';

import { useEffect, useState } from 'react';
import { formatMoment, formatRelativeTime } from '@/lib/format';
import { useHydrated } from './use-hydrated';

/**
 * How long ago, with the exact time and its zone in the title. Server and first render show the
 * date in UTC; the reader's zone and "3 minutes ago" come after hydration.
 */
export function RelativeTime({ at, className }: { at: Date | string; className?: string }) {
  const hydrated = useHydrated();
  const [now, setNow] = useState(() => new Date());
  const instant = new Date(at);

  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 30_000);
    return () => clearInterval(timer);
  }, []);

  const timeZone = hydrated ? undefined : 'UTC';
  return (
    <time
      dateTime={instant.toISOString()}
      title={formatMoment(instant, { timeZone })}
      className={className}
      suppressHydrationWarning
    >
      {hydrated
        ? formatRelativeTime(instant, { now, timeZone })
        : formatMoment(instant, { timeZone })}
    </time>
  );
}
