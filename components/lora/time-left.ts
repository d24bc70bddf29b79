import { formatTimeRange } from '../../lib/format.ts';
import type { Estimate } from '../../lib/lora/rules/estimate.ts';

/** "About 12 to 20 minutes left", "Less than a minute left", "Up to 3 minutes left". */
export function wordTimeLeft({ fromSeconds, toSeconds }: Estimate): string {
  const range = formatTimeRange(fromSeconds * 1_000, toSeconds * 1_000);
  return /^\d/.test(range)
    ? `About ${range} left`
    : `${range.charAt(0).toUpperCase()}${range.slice(1)} left`;
}
