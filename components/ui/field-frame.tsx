import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { joinClasses } from './join-classes';

export interface FieldWords {
  label: ReactNode;
  /** Below the label, always visible. */
  hint?: ReactNode;
  /** What is wrong and what to do. Replaces nothing: the typed text stays. */
  error?: ReactNode;
  /** Says "optional" beside the label. */
  optional?: boolean;
}

/** Ids of the parts of a field, made from the id of its input. */
export function fieldIds(id: string, { hint, error }: FieldWords) {
  const hintId = hint ? `${id}-hint` : undefined;
  const errorId = error ? `${id}-error` : undefined;
  return { hintId, errorId, describedBy: joinClasses(hintId, errorId) || undefined };
}

/** Classes of every one-line and many-line input. 16 px text: phones do not zoom in on focus. */
export const inputClasses =
  'w-full rounded-control border border-control bg-surface px-3 text-input text-ink transition-colors duration-base hover:border-ink-3 aria-invalid:border-bad aria-invalid:shadow-[inset_0_0_0_1px_var(--bad)]';

interface FieldFrameProps extends FieldWords {
  id: string;
  className?: string;
  /** Beside the label, at the end of the line: a counter, a link. */
  aside?: ReactNode;
  children: ReactNode;
}

/** Label, hint and error around an input. */
export function FieldFrame({
  id,
  label,
  hint,
  error,
  optional = false,
  aside,
  className,
  children,
}: FieldFrameProps) {
  const { hintId, errorId } = fieldIds(id, { label, hint, error });
  return (
    <div className={joinClasses('flex min-w-0 flex-col gap-1', className)}>
      <div className="flex items-baseline justify-between gap-3">
        <label htmlFor={id} className="text-body font-medium">
          {label}
          {optional && <span className="font-normal text-ink-3"> (optional)</span>}
        </label>
        {aside && <span className="text-small text-ink-3 tabular-nums">{aside}</span>}
      </div>
      {hint && (
        <p id={hintId} className="text-small text-ink-2">
          {hint}
        </p>
      )}
      <div className="mt-0.5">{children}</div>
      {error && (
        <p id={errorId} className="mt-0.5 flex items-start gap-1.5 text-small text-bad">
          <CircleAlert className="mt-px size-4" aria-hidden="true" />
          <span>{error}</span>
        </p>
      )}
    </div>
  );
}
