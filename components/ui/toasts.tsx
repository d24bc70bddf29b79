'use client';

import { useTheme } from 'next-themes';
import { Toaster } from 'sonner';

/**
 * Where toasts appear. They are for small finished things with an undo; an error, money or the
 * result of a training is said in its place instead. With an action give `duration: 8000`.
 */
export function Toasts() {
  const { resolvedTheme } = useTheme();
  return (
    <Toaster
      // Its own name is that of the bell's list.
      containerAriaLabel="Messages"
      theme={resolvedTheme === 'dark' ? 'dark' : 'light'}
      position="bottom-center"
      visibleToasts={3}
      duration={4000}
      gap={8}
      // The library names fonts of its own.
      style={{ fontFamily: 'inherit' }}
      offset={{ bottom: 'calc(var(--sticky-footer, 0px) + 1rem)' }}
      mobileOffset={{ bottom: 'calc(var(--sticky-footer, 0px) + 1rem)' }}
      icons={{ success: null, info: null }}
      toastOptions={{
        unstyled: true,
        classNames: {
          toast:
            'flex w-full items-center gap-4 rounded-control border border-line bg-raised px-4 py-2 text-body text-ink shadow-popover sm:w-[22rem]',
          content: 'min-w-0 flex-1 py-1',
          description: 'text-small text-ink-2',
          actionButton:
            'min-h-target flex-none rounded-control px-3 font-medium text-accent hover:bg-accent-soft',
          cancelButton:
            'min-h-target flex-none rounded-control px-3 font-medium text-ink-2 hover:bg-well',
        },
      }}
    />
  );
}
