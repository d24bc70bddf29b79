'use client';

import { Check, CircleAlert } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { joinClasses } from './join-classes';
import { useShownPending } from './use-shown-pending';

interface SwitchProps {
  /** The same in both states: "Train a LoRA for Mara". */
  label: ReactNode;
  /** What switching it on means; price and time belong here. */
  description?: ReactNode;
  checked: boolean;
  /** It takes effect at once: save here, and go back to the old value if that fails. */
  onChange: (checked: boolean) => void;
  /** Where saving stands. `saving` is shown after 200 ms. */
  state?: 'idle' | 'saving' | 'saved' | 'failed';
  /** The sentence for `failed`: "Couldn't save. Auto-start is still off." */
  failure?: ReactNode;
  /** Why it cannot be switched; it stays reachable and the reason is printed. */
  unavailable?: ReactNode;
  name?: string;
  className?: string;
}

/** A switch that takes effect at once: the platform's checkbox with the switch role. */
export function Switch({
  label,
  description,
  checked,
  onChange,
  state = 'idle',
  failure = 'Not saved. Try again.',
  unavailable,
  name,
  className,
}: SwitchProps) {
  const id = useId();
  const reason = useRef<HTMLDivElement>(null);
  const saving = useShownPending(state === 'saving');
  const blocked = Boolean(unavailable);

  const input = useRef<HTMLInputElement>(null);
  // It can be pressed before the page has woken up: what it then shows is what was wanted.
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, on waking up
  useEffect(() => {
    const shown = input.current?.checked ?? checked;
    if (shown === checked) return;
    if (!blocked) onChange(shown);
    else if (input.current) input.current.checked = checked;
  }, []);

  return (
    <div className={joinClasses('flex flex-col gap-1', className)}>
      <div className="flex items-start justify-between gap-4">
        <label htmlFor={id} className="min-w-0 flex-1 py-px text-body font-medium">
          {label}
        </label>
        <span className="relative -my-2.5 flex-none py-2.5">
          <input
            ref={input}
            id={id}
            name={name}
            type="checkbox"
            role="switch"
            checked={checked}
            aria-checked={checked}
            aria-disabled={blocked || undefined}
            aria-describedby={
              joinClasses(
                description ? `${id}-description` : null,
                blocked && `${id}-reason`,
                state === 'failed' && `${id}-state`,
              ) || undefined
            }
            onClick={(event) => {
              if (!blocked) return;
              event.preventDefault();
              reason.current?.focus();
            }}
            onChange={(event) => {
              if (!blocked) onChange(event.target.checked);
            }}
            className={joinClasses(
              'peer block h-6 w-10 appearance-none rounded-full border transition-colors duration-base',
              'border-control bg-well checked:border-accent checked:bg-accent',
              'aria-disabled:border-dashed aria-disabled:bg-transparent',
              'forced-colors:border-[ButtonText] forced-colors:checked:bg-[Highlight]',
            )}
          />
          <span
            aria-hidden="true"
            className={joinClasses(
              'pointer-events-none absolute top-3.5 left-1 size-4 rounded-full bg-control transition-transform duration-base ease-base motion-reduce:transition-none',
              'peer-checked:translate-x-4 peer-checked:bg-on-accent peer-aria-disabled:bg-transparent peer-aria-disabled:shadow-[inset_0_0_0_1.5px_var(--control)]',
              'forced-colors:bg-[ButtonText]',
            )}
          />
        </span>
      </div>
      {description && (
        <div id={`${id}-description`} className="max-w-measure text-pretty text-small text-ink-2">
          {description}
        </div>
      )}
      {blocked && (
        <div id={`${id}-reason`} ref={reason} tabIndex={-1} className="text-small text-ink">
          {unavailable}
        </div>
      )}
      <div id={`${id}-state`} role="status" className="text-small empty:hidden">
        {state === 'failed' ? (
          <span className="flex items-start gap-1.5 text-bad">
            <CircleAlert className="mt-px size-4" aria-hidden="true" />
            {failure}
          </span>
        ) : saving ? (
          <span className="text-ink-3">Saving…</span>
        ) : state === 'saved' ? (
          <span className="flex items-start gap-1 text-ink-3">
            <Check className="mt-px size-4" aria-hidden="true" />
            Saved
          </span>
        ) : null}
      </div>
    </div>
  );
}
