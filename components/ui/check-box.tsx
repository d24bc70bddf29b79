import { type ComponentProps, type ReactNode, useId } from 'react';
import { joinClasses } from './join-classes';

interface CheckBoxProps extends Omit<ComponentProps<'input'>, 'type' | 'children'> {
  label: ReactNode;
  description?: ReactNode;
  error?: ReactNode;
}

/** A box to tick in a form that is sent by a button. For what acts at once there is `Switch`. */
export function CheckBox({
  label,
  description,
  error,
  id: givenId,
  className,
  ...rest
}: CheckBoxProps) {
  const ownId = useId();
  const id = givenId ?? ownId;
  return (
    <div className={joinClasses('flex items-start gap-3', className)}>
      <input
        {...rest}
        id={id}
        type="checkbox"
        aria-invalid={error ? true : undefined}
        aria-describedby={
          joinClasses(description ? `${id}-description` : null, error ? `${id}-error` : null) ||
          undefined
        }
        className="mt-0.5 size-4.5 flex-none rounded-picture"
      />
      <div className="min-w-0">
        <label htmlFor={id}>{label}</label>
        {description && (
          <p id={`${id}-description`} className="text-small text-ink-2">
            {description}
          </p>
        )}
        {error && (
          <p id={`${id}-error`} className="text-small text-bad">
            {error}
          </p>
        )}
      </div>
    </div>
  );
}
