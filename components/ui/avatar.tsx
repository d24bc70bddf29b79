import { joinClasses } from './join-classes';

interface AvatarProps {
  /** Whose; gives the initials when there is no picture. */
  name: string;
  src?: string | null;
  size?: 'small' | 'medium' | 'large';
  className?: string;
}

const sizes = {
  small: 'size-8 text-frame',
  medium: 'size-10 text-small',
  large: 'size-14 text-panel',
};

/** A small print beside a name that is already written: decoration, hidden from speech. */
export function Avatar({ name, src, size = 'medium', className }: AvatarProps) {
  return (
    <span
      aria-hidden="true"
      className={joinClasses(
        'inline-flex flex-none items-center justify-center overflow-hidden rounded-picture bg-well font-medium text-ink-2 shadow-[inset_0_0_0_1px_var(--line)]',
        sizes[size],
        className,
      )}
    >
      {src ? (
        <img src={src} alt="" decoding="async" className="size-full object-cover" />
      ) : (
        initialsOf(name)
      )}
    </span>
  );
}

function initialsOf(name: string): string {
  const words = name.split(/[@\s._-]+/u).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '');
  return letters.join('').toLocaleUpperCase('en-GB');
}
