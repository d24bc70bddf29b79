import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { joinClasses } from './join-classes';

interface NoticeProps {
  tone?: 'neutral' | 'good' | 'warn' | 'bad';
  title?: ReactNode;
  /** Buttons or links; quiet or secondary ones. */
  actions?: ReactNode;
  /** `alert` interrupts speech: only for what just went wrong at the creator's own press. */
  announce?: 'off' | 'status' | 'alert';
  className?: string;
  children?: ReactNode;
}

const looks = {
  neutral: { className: 'border-line bg-surface', icon: Info, ink: 'text-ink-3' },
  good: { className: 'border-transparent bg-good-soft', icon: CircleCheck, ink: 'text-good' },
  warn: { className: 'border-transparent bg-warn-soft', icon: TriangleAlert, ink: 'text-warn' },
  bad: { className: 'border-transparent bg-bad-soft', icon: CircleAlert, ink: 'text-bad' },
};

/** A message in the place it concerns: what happened, and the way on. */
export function Notice({
  tone = 'neutral',
  title,
  actions,
  announce = 'off',
  className,
  children,
}: NoticeProps) {
  const { className: look, icon: Icon, ink } = looks[tone];
  return (
    <div
      role={announce === 'off' ? undefined : announce}
      className={joinClasses(
        '@container flex w-full items-start gap-3 rounded-control border px-4 py-3',
        look,
        className,
      )}
    >
      <Icon className={joinClasses('mt-px size-5', ink)} aria-hidden="true" />
      <div className="flex min-w-0 flex-1 flex-col gap-x-4 gap-y-3 @lg:flex-row">
        <div className="max-w-measure min-w-0 flex-1 text-pretty">
          {title && <p className="font-medium">{title}</p>}
          {children && <div className={title ? 'text-ink-2' : undefined}>{children}</div>}
        </div>
        {actions && (
          // Beside the text as high as its first line, and centred on it: buttons reach over it.
          <div className="flex flex-wrap items-center gap-2 @lg:ml-auto @lg:h-[1.375rem] @lg:flex-none @lg:flex-nowrap">
            {actions}
          </div>
        )}
      </div>
    </div>
  );
}
