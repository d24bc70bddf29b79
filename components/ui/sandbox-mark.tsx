import { FlaskConical } from 'lucide-react';
import { joinClasses } from './join-classes';

/** The chip that every sandbox result wears. */
export function SandboxMark({ className }: { className?: string }) {
  return (
    <span
      className={joinClasses(
        'inline-flex h-6 flex-none items-center overflow-hidden rounded-[6px] border border-transparent bg-sandbox-soft text-frame font-medium text-sandbox',
        className,
      )}
    >
      <span aria-hidden="true" className="hatched h-full w-2" />
      <span className="px-2">Sandbox</span>
    </span>
  );
}

/** The sentence that goes with it, once a panel. */
export function SandboxNote({ className }: { className?: string }) {
  return (
    <div
      className={joinClasses(
        'flex items-stretch overflow-hidden rounded-control border border-transparent bg-sandbox-soft text-ink',
        className,
      )}
    >
      <span aria-hidden="true" className="hatched w-2 flex-none" />
      <p className="flex items-start gap-2 px-3 py-2 text-small">
        <FlaskConical className="mt-px size-4 text-sandbox" aria-hidden="true" />
        <span>
          <strong className="font-medium text-sandbox">Sandbox GPU.</strong> No GPU was used. This
          file is a placeholder, not a model.
        </span>
      </p>
    </div>
  );
}
