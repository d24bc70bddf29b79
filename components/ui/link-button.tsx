import type { ComponentProps, ReactNode } from 'react';
import { type ButtonLook, buttonClasses } from './button-style';
import { joinClasses } from './join-classes';
import { Link } from './link';

interface LinkButtonProps extends ComponentProps<typeof Link>, ButtonLook {
  icon?: ReactNode;
}

/** A link that looks like a button: for going somewhere, never for doing something. */
export function LinkButton({
  variant,
  size,
  wide,
  icon,
  className,
  children,
  ...rest
}: LinkButtonProps) {
  return (
    <Link {...rest} className={joinClasses(buttonClasses({ variant, size, wide }), className)}>
      {icon}
      {children}
    </Link>
  );
}
