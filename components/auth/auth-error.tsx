'use client';

import { useEffect, useRef } from 'react';
import { Notice } from '../ui/notice';
import type { AuthFormState } from './auth-state';

/** Says why it did not work, above the form, and takes the focus there or to the wrong field. */
export function AuthError({ state }: { state: AuthFormState }) {
  const message = useRef<HTMLDivElement>(null);
  const { error, wayOut, fieldErrors } = state;

  useEffect(() => {
    if (state.fieldErrors) {
      message.current?.parentElement
        ?.querySelector<HTMLInputElement>('[aria-invalid="true"]')
        ?.focus();
    } else if (state.error) message.current?.focus();
  }, [state]);

  return (
    <div ref={message} tabIndex={-1} className="empty:hidden">
      {error && !fieldErrors && (
        <Notice tone="bad" title={error}>
          {wayOut}
        </Notice>
      )}
    </div>
  );
}
