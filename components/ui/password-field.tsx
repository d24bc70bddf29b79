'use client';

import { Eye, EyeOff } from 'lucide-react';
import { type ComponentProps, useId, useState } from 'react';
import { FieldFrame, type FieldWords, fieldIds, inputClasses } from './field-frame';
import { IconButton } from './icon-button';
import { joinClasses } from './join-classes';

interface PasswordFieldProps
  extends Omit<ComponentProps<'input'>, 'type' | 'children'>,
    FieldWords {
  /** `new-password` when one is chosen, `current-password` when one is asked for. */
  autoComplete: 'new-password' | 'current-password';
}

/** A password, hidden until its owner wants to see it. */
export function PasswordField({
  label,
  hint,
  error,
  optional,
  id: givenId,
  className,
  ...rest
}: PasswordFieldProps) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const [visible, setVisible] = useState(false);
  const { describedBy } = fieldIds(id, { label, hint, error });
  return (
    <FieldFrame {...{ id, label, hint, error, optional, className }}>
      <div className="relative">
        <input
          {...rest}
          id={id}
          type={visible ? 'text' : 'password'}
          spellCheck={false}
          autoCapitalize="none"
          aria-invalid={error ? true : undefined}
          aria-describedby={describedBy}
          className={joinClasses(inputClasses, 'h-11 pr-12')}
        />
        <IconButton
          label="Show password"
          pressed={visible}
          onClick={() => setVisible((now) => !now)}
          aria-controls={id}
          className="absolute top-1/2 right-1.5 -translate-y-1/2 pointer-coarse:right-0 active:!transform-none"
        >
          {visible ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
        </IconButton>
      </div>
    </FieldFrame>
  );
}
