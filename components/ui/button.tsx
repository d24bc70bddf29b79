'use client';

import { type ComponentProps, type MouseEvent, type ReactNode, useId, useRef } from 'react';
import { type ButtonLook, buttonClasses } from './button-style';
import { joinClasses } from './join-classes';
import { Spinner } from './spinner';
import { useOnline } from './use-online';
import { useShownPending } from './use-shown-pending';

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'>, ButtonLook {
  /** An icon element before the label; while pending the spinner takes its place. */
  icon?: ReactNode;
  /** The request is on its way: label stays, spinner beside it, further presses do nothing. */
  pending?: boolean;
  /**
   * Why it cannot be pressed now. The button stays reachable, the reason stands below it as text,
   * and a press moves to the reason. There is no `disabled`.
   */
  unavailable?: ReactNode;
  /** What it does must reach the server now: starting, buying. Offline, it says so. */
  needsConnection?: boolean;
}

/** A button that is never dead: it works, it is busy, or it says why not (AC-6). */
export function Button({
  variant = 'secondary',
  size = 'medium',
  wide = false,
  icon,
  pending = false,
  unavailable: given,
  needsConnection = false,
  type = 'button',
  className,
  children,
  onClick,
  'aria-describedby': describedBy,
  ...rest
}: ButtonProps) {
  const reasonId = useId();
  const reason = useRef<HTMLSpanElement>(null);
  const spinning = useShownPending(pending);
  const online = useOnline();
  const unavailable = needsConnection && !online ? 'You’re offline.' : given;
  const hasReason = Boolean(unavailable);

  function press(event: MouseEvent<HTMLButtonElement>) {
    if (pending || hasReason) {
      event.preventDefault();
      event.stopPropagation();
      if (hasReason) reason.current?.focus();
      return;
    }
    onClick?.(event);
  }

  return (
    // Always here, so that the button keeps its focus when a reason comes or goes.
    <span
      className={
        hasReason
          ? joinClasses('inline-flex max-w-full flex-col items-start gap-1.5', wide && 'w-full')
          : 'contents'
      }
    >
      <button
        {...rest}
        type={type}
        className={joinClasses(
          buttonClasses(
            { variant, size, wide },
            { spinning: spinning && !icon, unavailable: hasReason },
          ),
          className,
        )}
        aria-busy={pending || undefined}
        aria-disabled={hasReason || undefined}
        aria-describedby={joinClasses(describedBy, hasReason && reasonId) || undefined}
        onClick={press}
      >
        {spinning ? <Spinner className={size === 'small' ? 'size-3' : undefined} /> : icon}
        {children}
      </button>
      {hasReason && (
        <span
          id={reasonId}
          ref={reason}
          tabIndex={-1}
          className="max-w-measure rounded-picture text-small text-ink-2"
        >
          {unavailable}
        </span>
      )}
    </span>
  );
}
