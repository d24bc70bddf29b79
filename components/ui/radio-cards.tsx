'use client';

import { type ReactNode, useEffect, useId, useRef } from 'react';
import { joinClasses } from './join-classes';

interface RadioCard<Value extends string> {
  value: Value;
  label: ReactNode;
  description?: ReactNode;
  /** At the end of the first line: a price, a badge. */
  aside?: ReactNode;
}

interface RadioCardsProps<Value extends string> {
  /** The question: "Who is this?" */
  legend: ReactNode;
  name: string;
  /** Controlled; leave both out for a plain form field. */
  value?: Value | null;
  onChange?: (value: Value) => void;
  defaultValue?: Value;
  options: readonly RadioCard<Value>[];
  hint?: ReactNode;
  /** "Choose one to go on." Focus the group with `ref` on the fieldset id. */
  error?: ReactNode;
  /** For focus from a script: `<fieldset id tabIndex={-1}>`. */
  id?: string;
  legendHidden?: boolean;
  className?: string;
}

/** One of a few, each with room for a sentence: native radios in cards. */
export function RadioCards<Value extends string>({
  legend,
  name,
  value,
  onChange,
  defaultValue,
  options,
  hint,
  error,
  id: givenId,
  legendHidden = false,
  className,
}: RadioCardsProps<Value>) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const controlled = onChange !== undefined;

  const group = useRef<HTMLFieldSetElement>(null);
  // One can be chosen before the page has woken up: what it then shows is what was wanted.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, on waking up
  useEffect(() => {
    const shown = group.current?.querySelector<HTMLInputElement>('input:checked')?.value;
    const wanted = options.find((option) => option.value === shown)?.value;
    if (wanted !== undefined && wanted !== value) onChange?.(wanted);
  }, []);

  return (
    <fieldset
      ref={group}
      id={id}
      tabIndex={-1}
      aria-invalid={error ? true : undefined}
      aria-describedby={
        joinClasses(hint ? `${id}-hint` : null, error ? `${id}-error` : null) || undefined
      }
      className={joinClasses('min-w-0', className)}
    >
      <legend className={legendHidden ? 'sr-only' : 'mb-1 font-medium'}>{legend}</legend>
      {hint && (
        <p id={`${id}-hint`} className="mb-2 text-small text-ink-2">
          {hint}
        </p>
      )}
      <div className="flex flex-col gap-2">
        {options.map((option) => (
          <label
            key={option.value}
            className={joinClasses(
              'flex items-start gap-3 rounded-control border bg-surface px-4 py-3 transition-colors duration-base hover:border-ink-3 has-checked:border-accent has-checked:bg-accent-soft has-checked:shadow-[inset_0_0_0_1px_var(--accent)] has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus',
              error ? 'border-bad' : 'border-control',
            )}
          >
            <input
              type="radio"
              name={name}
              value={option.value}
              {...(controlled
                ? { checked: value === option.value, onChange: () => onChange(option.value) }
                : { defaultChecked: defaultValue === option.value })}
              aria-describedby={option.description ? `${id}-${option.value}` : undefined}
              className="radio mt-0.5"
            />
            <span className="min-w-0 flex-1 tabular-nums">
              <span className="flex flex-wrap items-baseline justify-between gap-x-3">
                <span className="font-medium">{option.label}</span>
                {option.aside && <span className="text-small text-ink-2">{option.aside}</span>}
              </span>
              {option.description && (
                <span id={`${id}-${option.value}`} className="mt-0.5 block text-small text-ink-2">
                  {option.description}
                </span>
              )}
            </span>
          </label>
        ))}
      </div>
      {error && (
        <p id={`${id}-error`} className="mt-2 text-small text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
