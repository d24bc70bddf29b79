import { type ComponentProps, useId } from 'react';
import { FieldFrame, type FieldWords, fieldIds, inputClasses } from './field-frame';
import { joinClasses } from './join-classes';

interface TextAreaProps extends Omit<ComponentProps<'textarea'>, 'children'>, FieldWords {
  aside?: React.ReactNode;
  inputClassName?: string;
}

/** Several lines of text; grows with what is typed, up to twelve lines. */
export function TextArea({
  label,
  hint,
  error,
  optional,
  aside,
  id: givenId,
  className,
  inputClassName,
  rows = 3,
  ...rest
}: TextAreaProps) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const { describedBy } = fieldIds(id, { label, hint, error });
  return (
    <FieldFrame {...{ id, label, hint, error, optional, aside, className }}>
      <textarea
        {...rest}
        id={id}
        rows={rows}
        aria-invalid={error ? true : undefined}
        aria-describedby={joinClasses(rest['aria-describedby'], describedBy) || undefined}
        className={joinClasses(
          inputClasses,
          'field-sizing-content max-h-80 min-h-24 resize-y py-2.5',
          inputClassName,
        )}
      />
    </FieldFrame>
  );
}
