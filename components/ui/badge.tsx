import { Check, Circle, Info, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { joinClasses } from './join-classes';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';

const looks: Record<Tone, { className: string; icon: ReactNode }> = {
  neutral: { className: 'bg-well text-ink-2', icon: <Circle aria-hidden="true" /> },
  accent: { className: 'bg-accent-soft text-accent', icon: <Info aria-hidden="true" /> },
  good: { className: 'bg-good-soft text-good', icon: <Check aria-hidden="true" /> },
  warn: { className: 'bg-warn-soft text-warn', icon: <TriangleAlert aria-hidden="true" /> },
  bad: { className: 'bg-bad-soft text-bad', icon: <X aria-hidden="true" /> },
};

interface BadgeProps {
  tone?: Tone;
  /** Another icon than the tone's own. There is always one: colour alone says nothing. */
  icon?: ReactNode;
  className?: string;
  /** One or two words. */
  children: ReactNode;
}

/** A state in an icon and a word. For the sandbox there is `SandboxMark`. */
export function Badge({ tone = 'neutral', icon, className, children }: BadgeProps) {
  const look = looks[tone];
  return (
    <span
      className={joinClasses(
        'inline-flex h-6 flex-none items-center gap-1 rounded-[6px] border border-transparent px-2 text-frame font-medium whitespace-nowrap [&>.lucide]:size-3.5',
        look.className,
        className,
      )}
    >
      {icon ?? look.icon}
      {children}
    </span>
  );
}
