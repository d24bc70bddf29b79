'use client';

import { useFormStatus } from 'react-dom';
import { Button, type ButtonProps } from './button';

/** The button that sends its form; pending while the form's action runs. */
export function SubmitButton({ pending = false, ...rest }: Omit<ButtonProps, 'type'>) {
  const form = useFormStatus();
  return <Button {...rest} type="submit" pending={pending || form.pending} />;
}
