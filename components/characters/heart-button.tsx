import { Heart } from 'lucide-react';
import { IconButton } from '../ui/icon-button';
import { joinClasses } from '../ui/join-classes';

interface HeartButtonProps {
  number: number;
  liked: boolean;
  onToggle: () => void;
  className?: string;
}

/** The heart on a picture; filled when liked, the same name in both states. */
export function HeartButton({ number, liked, onToggle, className }: HeartButtonProps) {
  return (
    <IconButton
      label={`Like image ${number}`}
      pressed={liked}
      variant="plate"
      // A print that is pressed as a whole must not hear of it.
      onClick={(event) => {
        event.stopPropagation();
        onToggle();
      }}
      className={joinClasses('[&>*]:pointer-events-none', className)}
    >
      <Heart aria-hidden="true" fill={liked ? 'currentColor' : 'none'} />
    </IconButton>
  );
}
