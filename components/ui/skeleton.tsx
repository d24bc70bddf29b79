import { joinClasses } from './join-classes';

/** A still place for something on its way: give it the final size. Hidden from speech. */
export function Skeleton({ className }: { className?: string }) {
  return (
    <span
      aria-hidden="true"
      className={joinClasses('pulse block rounded-picture bg-line', className)}
    />
  );
}

/** Lines of text on their way; the last one is short. */
export function SkeletonText({ lines = 3, className }: { lines?: number; className?: string }) {
  return (
    <span aria-hidden="true" className={joinClasses('flex flex-col gap-2', className)}>
      {Array.from({ length: lines }, (_, line) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other identity
          key={line}
          className={joinClasses(
            'pulse h-3.5 rounded-picture bg-line',
            line === lines - 1 && lines > 1 ? 'w-3/5' : 'w-full',
          )}
        />
      ))}
    </span>
  );
}

/** A sheet of pictures on its way, in the geometry of `contact-sheet` and `Print`. */
export function SkeletonSheet({ count = 8, className }: { count?: number; className?: string }) {
  return (
    <div aria-hidden="true" className={joinClasses('contact-sheet', className)}>
      {Array.from({ length: count }, (_, frame) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: frames have no other identity
        <div key={frame} className="flex flex-col gap-1">
          <span className="pulse aspect-frame rounded-picture bg-line" />
          <span className="h-4" />
        </div>
      ))}
    </div>
  );
}
