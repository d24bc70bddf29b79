'use client';

import { X } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useId, useRef } from 'react';
import { IconButton } from './icon-button';
import { joinClasses } from './join-classes';

interface DialogProps {
  open: boolean;
  /** Escape, the backdrop and the close button; never called while `busy`. */
  onClose: () => void;
  /** A question that names the thing: "Cancel Mara's training?" */
  title: ReactNode;
  /** The message. An `alertdialog` must have one. */
  description?: ReactNode;
  /** `alertdialog` asks before something that cannot be taken back; it has no close button. */
  role?: 'dialog' | 'alertdialog';
  /** Something is on its way: it cannot be closed now. */
  busy?: boolean;
  /** `medium` 480 px, `wide` 680 px, `full` for pictures. On phones all are sheets. */
  size?: 'medium' | 'wide' | 'full';
  /** Buttons, the main one first. */
  actions?: ReactNode;
  /** Where focus goes if the opener is gone when it closes. */
  returnFocus?: RefObject<HTMLElement | null>;
  children?: ReactNode;
}

const sizes = {
  medium: 'sm:w-[30rem]',
  wide: 'sm:w-[42.5rem]',
  full: 'sm:h-[calc(100dvh-3rem)] sm:w-[calc(100vw-3rem)]',
};

/**
 * A modal dialog on the platform's `<dialog>`. Focus goes to the element marked `data-autofocus`
 * (in an `alertdialog`: the least destructive button), else to the title, and returns to the opener.
 * Everything it needs must be inside it: the rest of the page is inert, toasts included.
 */
export function Dialog({ open, ...rest }: DialogProps) {
  return open ? <OpenDialog {...rest} /> : null;
}

function OpenDialog({
  onClose,
  title,
  description,
  role = 'dialog',
  busy = false,
  size = 'medium',
  actions,
  returnFocus,
  children,
}: Omit<DialogProps, 'open'>) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const opener = document.activeElement;
    element.showModal();
    const wanted = element.querySelector<HTMLElement>('[data-autofocus]');
    (wanted ?? heading.current)?.focus();
    return () => {
      element.close();
      if (opener instanceof HTMLElement && opener.isConnected && opener !== document.body) {
        opener.focus();
      } else {
        returnFocus?.current?.focus();
      }
    };
  }, [returnFocus]);

  const close = () => {
    if (!busy) onClose();
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the key is Escape, which `onCancel` hears
    <dialog
      ref={dialog}
      role={role === 'alertdialog' ? role : undefined}
      aria-labelledby={`${id}-title`}
      aria-describedby={description ? `${id}-description` : undefined}
      aria-busy={busy || undefined}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) close();
      }}
      className={joinClasses(
        'enter-dialog m-0 max-h-[calc(100dvh-1.5rem)] w-full max-w-none flex-col overflow-hidden border border-line bg-raised p-0 text-ink shadow-dialog open:flex',
        'max-sm:fixed max-sm:inset-x-0 max-sm:top-auto max-sm:bottom-0 max-sm:rounded-t-dialog max-sm:border-x-0 max-sm:border-b-0',
        'sm:m-auto sm:max-h-[calc(100dvh-3rem)] sm:rounded-dialog',
        sizes[size],
      )}
    >
      {/* One child fills the dialog, so that a press on the dialog itself is one on the backdrop. */}
      <div className="flex min-h-0 flex-1 flex-col">
        <header className="flex items-start gap-4 px-6 pt-5 pb-2 max-sm:px-4">
          <h2
            id={`${id}-title`}
            ref={heading}
            tabIndex={-1}
            className="min-w-0 flex-1 text-section narrow"
          >
            {title}
          </h2>
          {role === 'dialog' && (
            <IconButton label="Close" onClick={close} className="-mt-0.5 -mr-2">
              <X aria-hidden="true" />
            </IconButton>
          )}
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto overscroll-contain px-6 pb-6 max-sm:px-4">
          {description && (
            <div id={`${id}-description`} className="max-w-measure text-pretty text-ink-2">
              {description}
            </div>
          )}
          {children && <div className={description ? 'mt-4' : undefined}>{children}</div>}
        </div>
        {actions && (
          <footer className="flex flex-row-reverse flex-wrap items-start gap-3 border-t border-line px-6 py-4 max-sm:flex-col max-sm:items-stretch max-sm:px-4 max-sm:pb-[max(1rem,env(safe-area-inset-bottom))]">
            {actions}
          </footer>
        )}
      </div>
    </dialog>
  );
}
