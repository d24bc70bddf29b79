import { type ComponentProps, useId } from 'react';
import { FieldFrame, type FieldWords, fieldIds, inputClasses } from './field-frame';
import { joinClasses } from './join-classes';

interface TextFieldProps extends Omit<ComponentProps<'input'>, 'children'>, FieldWords {
  aside?: React.ReactNode;
  /** On the input; `className` goes to the whole field. */
  inputClassName?: string;
}

/** One line of text with its label, hint and error. */
export function TextField({
  label,
  hint,
  error,
  optional,
  aside,
  id: givenId,
  className,
  inputClassName,
  ...rest
}: TextFieldProps) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const { describedBy } = fieldIds(id, { label, hint, error });
  return (
    <FieldFrame {...{ id, label, hint, error, optional, aside, className }}>
      <input
        type="text"
        {...rest}
        id={id}
        aria-invalid={error ? true : undefined}
        aria-describedby={joinClasses(rest['aria-describedby'], describedBy) || undefined}
        className={joinClasses(inputClasses, 'h-11', inputClassName)}
      />
    </FieldFrame>
  );
}
