/** Four frames, one of them chosen. */
function Mark({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 20 24" className={className} aria-hidden="true">
      <g className="fill-ink">
        <rect x="0" y="0" width="9" height="11" rx="1" />
        <rect x="0" y="13" width="9" height="11" rx="1" />
        <rect x="11" y="13" width="9" height="11" rx="1" />
      </g>
      <rect x="11" y="0" width="9" height="11" rx="1" className="fill-accent" />
    </svg>
  );
}

/** The product's name with its mark; `tight`: below 360 px the mark alone is seen. */
export function Wordmark({ tight = false }: { tight?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2 text-panel font-semibold narrow text-ink">
      <Mark className="h-5 w-auto" />
      <span className={tight ? 'max-[22.5rem]:sr-only' : undefined}>Likeness</span>
    </span>
  );
}
