'use client';

import { Button, type ButtonProps } from '../ui/button';
import { useShownPending } from '../ui/use-shown-pending';

interface LeaveButtonProps extends Omit<ButtonProps, 'unavailable' | 'onClick'> {
  /** What was asked about is under way: there is no leaving it any more. */
  pending: boolean;
  onClick: () => void;
}

/** The button that leaves a question without doing it, as long as it can still be left. */
export function LeaveButton({ pending, onClick, ...rest }: LeaveButtonProps) {
  const underWay = useShownPending(pending);
  return (
    <Button
      {...rest}
      // It stays as wide and where it is when the reason comes.
      className={underWay ? 'self-end max-sm:self-stretch' : undefined}
      unavailable={underWay && 'Already under way.'}
      onClick={() => {
        if (!pending) onClick();
      }}
    />
  );
}
