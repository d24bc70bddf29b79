import { Check } from 'lucide-react';
import { joinClasses } from '../ui/join-classes';
import { Link } from '../ui/link';

export const wizardSteps = [
  { id: 'name', label: 'Name and look' },
  { id: 'images', label: 'Profile set' },
  { id: 'training', label: 'LoRA training' },
  { id: 'done', label: 'Finished' },
] as const;
export type WizardStepId = (typeof wizardSteps)[number]['id'];

interface WizardStepsProps {
  present: WizardStepId;
  /** Steps that can be gone to now. */
  reachable: readonly WizardStepId[];
  done: readonly WizardStepId[];
  href: (step: WizardStepId) => string;
}

/** Where the creator is in the wizard; what can be reached is a link. Phones write out one step. */
export function WizardSteps({ present, reachable, done, href }: WizardStepsProps) {
  return (
    <nav aria-label="Steps">
      <ol className="mb-6 flex gap-2">
        {wizardSteps.map(({ id, label }, index) => {
          const here = id === present;
          const isDone = done.includes(id);
          const words = (
            <>
              <span
                aria-hidden="true"
                className={joinClasses(
                  'flex size-5 flex-none items-center justify-center rounded-full text-frame tabular-nums',
                  here
                    ? 'bg-accent text-on-accent'
                    : 'text-ink-2 shadow-[inset_0_0_0_1px_var(--control)]',
                )}
              >
                {isDone && !here ? <Check className="size-3" strokeWidth={2.5} /> : index + 1}
              </span>
              <span className={joinClasses('min-w-0 truncate', !here && 'max-sm:sr-only')}>
                {label}
              </span>
              {isDone && !here && <span className="sr-only">, done</span>}
            </>
          );
          const look = joinClasses(
            'flex min-h-target min-w-target items-center gap-2 border-t-2 pt-2 text-small',
            !here && 'max-sm:justify-center',
            here
              ? 'border-accent font-medium text-ink'
              : isDone
                ? 'border-control text-ink-2'
                : 'border-line text-ink-3',
          );
          return (
            <li
              key={id}
              className={joinClasses(
                'relative min-w-0 sm:flex-1',
                here ? 'flex-1' : 'max-sm:flex-none',
              )}
            >
              {here || !reachable.includes(id) ? (
                <span aria-current={here ? 'step' : undefined} className={look}>
                  {words}
                </span>
              ) : (
                <Link href={href(id)} className={`${look} hover:text-ink`}>
                  {words}
                </Link>
              )}
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
