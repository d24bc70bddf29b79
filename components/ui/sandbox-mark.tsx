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
