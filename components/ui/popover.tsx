'use client';

import {
  type ReactNode,
  type ToggleEvent,
  useCallback,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';
import { joinClasses } from './join-classes';

interface PopoverProps {
  /** Name of the button: "Notifications, 3 unread". */
  label: string;
  /** What the button shows: an icon, an avatar. */
  button: ReactNode;
  buttonClassName?: string;
  /** Edge of the button that the panel keeps to. */
  align?: 'start' | 'end';
  /** Called after it opened or closed. */
  onToggle?: (open: boolean) => void;
  className?: string;
  /** Rendered only while open. */
  children: ReactNode | ((close: () => void) => ReactNode);
}

/**
 * A button and the panel it opens, on the platform's popover: Escape and a press elsewhere close
 * it, focus returns to the button. Not modal and not a menu: Tab goes through what is inside.
 */
export function Popover({
  label,
  button,
  buttonClassName,
  align = 'end',
  onToggle,
  className,
  children,
}: PopoverProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLElement>(null);
  const [open, setOpen] = useState(false);

  // On phones CSS lays it along the page's width instead.
  const place = useCallback(() => {
    if (!opener.current || !panel.current) return;
    const edge = opener.current.getBoundingClientRect();
    const { style } = panel.current;
    style.setProperty('--top', `${edge.bottom + 4}px`);
    style.setProperty('--start', align === 'start' ? `${edge.left}px` : 'auto');
    style.setProperty(
      '--end',
      align === 'end' ? `${document.documentElement.clientWidth - edge.right}px` : 'auto',
    );
  }, [align]);

  // The window can be turned or made another size meanwhile.
  useEffect(() => {
    if (!open) return;
    addEventListener('resize', place);
    return () => removeEventListener('resize', place);
  }, [open, place]);

  function toggled(event: ToggleEvent<HTMLElement>) {
    const isOpen = event.newState === 'open';
    setOpen(isOpen);
    onToggle?.(isOpen);
  }

  const close = () => panel.current?.hidePopover();

  return (
    <>
      <button
        ref={opener}
        type="button"
        popoverTarget={id}
        aria-label={label}
        aria-expanded={open}
        className={joinClasses(
          'pressable relative inline-flex min-h-target min-w-target items-center justify-center rounded-control text-ink-2 hover:bg-well hover:text-ink aria-expanded:bg-well aria-expanded:text-ink [&>.lucide]:size-5',
          buttonClassName,
        )}
      >
        {button}
      </button>
      <section
        ref={panel}
        id={id}
        popover="auto"
        aria-label={label}
        // Placed before it is painted.
        onBeforeToggle={(event) => {
          if (event.newState === 'open') place();
        }}
        onToggle={toggled}
        className={joinClasses(
          'enter-popover fixed inset-auto top-(--top) right-(--end) left-(--start) m-0 max-h-[calc(100dvh-var(--top)-1rem)] w-80 max-w-[calc(100vw-2*var(--gutter))] overflow-y-auto overscroll-contain rounded-panel border border-line bg-raised p-0 text-ink shadow-popover',
          'max-sm:inset-x-gutter max-sm:w-auto max-sm:max-w-none',
          className,
        )}
      >
        {open && (typeof children === 'function' ? children(close) : children)}
      </section>
    </>
  );
}
