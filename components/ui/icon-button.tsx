'use client';

import type { ComponentProps, MouseEvent, ReactNode } from 'react';
import { joinClasses } from './join-classes';
import { Spinner } from './spinner';
import { useShownPending } from './use-shown-pending';

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'disabled' | 'aria-label'> {
  /** The name, the same in every state: "Like image 12". */
  label: string;
  /** The icon element. */
  children: ReactNode;
  /** Makes it a toggle. */
  pressed?: boolean;
  pending?: boolean;
  /** `quiet` on the page, `framed` with a border, `plate` on top of a picture. */
  variant?: 'quiet' | 'framed' | 'plate';
}

const variants = {
  quiet: 'border-transparent text-ink-2 hover:bg-well hover:text-ink',
  framed: 'border-control bg-surface text-ink hover:bg-well',
  plate: 'border-transparent bg-plate text-on-plate hover:bg-[#000c]',
};

/** A square button with an icon: 32 px with a mouse, 44 px under a finger. */
export function IconButton({
  label,
  children,
  pressed,
  pending = false,
  variant = 'quiet',
  type = 'button',
  className,
  onClick,
  ...rest
}: IconButtonProps) {
  const spinning = useShownPending(pending);

  function press(event: MouseEvent<HTMLButtonElement>) {
    if (pending) event.preventDefault();
    else onClick?.(event);
  }

  return (
    <button
      {...rest}
      type={type}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-busy={pending || undefined}
      onClick={press}
      className={joinClasses(
        'pressable inline-flex size-target flex-none items-center justify-center rounded-control border [&>.lucide]:size-4.5',
        variants[variant],
        className,
      )}
    >
      {spinning ? <Spinner /> : children}
    </button>
  );
}
