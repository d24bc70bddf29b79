import type { MetricsSource } from '@/lib/metrics/get-success-metrics';
import { paths } from '@/lib/paths';
import { Link } from '../ui/link';

/** Days a look can go back. */
export const spans = [7, 30, 90] as const;

const sources = [
  { id: 'gpu', label: 'Real GPUs' },
  { id: 'sandbox', label: 'Sandbox' },
] as const;

/** Which trainings and how far back; both are in the address. */
export function MetricsFilter({ days, source }: { days: number; source: MetricsSource }) {
  return (
    <div className="flex flex-wrap gap-x-6 gap-y-2">
      <nav aria-label="Time span" className="flex gap-1">
        {spans.map((span) => (
          <Choice key={span} href={paths.operator({ days: span, source })} chosen={span === days}>
            {span} days
          </Choice>
        ))}
      </nav>
      <nav aria-label="Trainings" className="flex gap-1">
        {sources.map(({ id, label }) => (
          <Choice key={id} href={paths.operator({ days, source: id })} chosen={id === source}>
            {label}
          </Choice>
        ))}
      </nav>
    </div>
  );
}

function Choice({
  href,
  chosen,
  children,
}: {
  href: string;
  chosen: boolean;
  children: React.ReactNode;
}) {
  return (
    <Link
      href={href}
      aria-current={chosen ? 'true' : undefined}
      scroll={false}
      className="pressable inline-flex min-h-target items-center rounded-control border border-transparent px-2.5 text-small font-medium whitespace-nowrap text-ink-2 hover:bg-well hover:text-ink aria-[current]:border-line aria-[current]:bg-well aria-[current]:text-ink"
    >
      {children}
    </Link>
  );
}
