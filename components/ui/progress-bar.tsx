import { joinClasses } from './join-classes';

interface ProgressBarProps {
  /** What moves: "Training", "IMG_2041". */
  label: string;
  /** 0 to `max`; null when the end is unknown. Give it what the source reports, never a guess. */
  value: number | null;
  max?: number;
  /** The value in words: "Step 1,240 of 3,000, about 12 to 20 minutes left". */
  valueText: string;
  className?: string;
}

/** A bar that moves only when its source does. Under reduced motion it jumps. */
export function ProgressBar({ label, value, max = 100, valueText, className }: ProgressBarProps) {
  const share = value === null ? null : Math.min(1, Math.max(0, max > 0 ? value / max : 0));
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value === null ? undefined : Math.min(max, Math.max(0, value))}
      aria-valuetext={valueText}
      className={joinClasses(
        'h-1.5 w-full overflow-hidden rounded-full bg-line forced-colors:border forced-colors:border-[CanvasText]',
        className,
      )}
    >
      {share === null ? (
        <div className="slide-along h-full w-1/3 rounded-full bg-accent forced-colors:bg-[Highlight]" />
      ) : (
        <div
          className="h-full origin-left bg-accent transition-transform duration-progress ease-linear motion-reduce:transition-none rtl:origin-right forced-colors:bg-[Highlight]"
          style={{ transform: `scaleX(${share})` }}
        />
      )}
    </div>
  );
}
