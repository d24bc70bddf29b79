import { Heart } from 'lucide-react';
import { memo, type ReactNode } from 'react';
import { joinClasses } from '../ui/join-classes';
import { Print } from '../ui/print';
import type { PrintItem } from './print-grid-props';

interface PrintCellProps {
  item: PrintItem;
  chosen: boolean;
  /** It has a tick, filled or empty. */
  choosable: boolean;
  liked: boolean;
  /** A click with Shift would take it in. */
  hinted?: boolean;
  /** Something else has the heart's place: a real one. */
  controls?: ReactNode;
  /** More on top of the picture. */
  children?: ReactNode;
}

/** One print of a sheet: picture, tick, heart and frame number, without what makes them work. */
export const PrintCell = memo(function PrintCell({
  item,
  chosen,
  choosable,
  liked,
  hinted = false,
  controls,
  children,
}: PrintCellProps) {
  return (
    <Print src={item.thumbnailUrl} alt="" frame={item.number} chosen={chosen}>
      {hinted && (
        <span
          aria-hidden="true"
          data-hinted
          className="pointer-events-none absolute inset-0 rounded-picture bg-accent opacity-30 shadow-[0_0_0_3px_var(--accent)]"
        />
      )}
      {choosable && !chosen && (
        <span
          aria-hidden="true"
          className="pointer-events-none absolute top-1.5 left-1.5 size-6 rounded-full bg-plate shadow-[inset_0_0_0_1.5px_var(--on-plate)]"
        />
      )}
      {children}
      {controls ??
        (item.thumbnailUrl && (
          <span
            aria-hidden="true"
            className={joinClasses(
              'absolute inline-flex size-target text-on-plate [&>.lucide]:size-4.5',
              heartPlace,
            )}
          >
            <Heart fill={liked ? 'currentColor' : 'none'} />
          </span>
        ))}
    </Print>
  );
});

/** Under a finger a control is larger than the plate it shows: a picture is there to be seen. */
const plateClasses =
  'isolate !bg-transparent before:absolute before:-z-1 before:size-8 before:rounded-control before:bg-plate hover:before:bg-[#000c]';

/** Opposite the tick. */
export const heartPlace = `${plateClasses} top-0.5 right-0.5 !items-start !justify-end pt-1.5 pr-1.5 before:top-0 before:right-0`;
export const enlargePlace = `${plateClasses} right-0.5 bottom-0.5 !items-end !justify-end pr-1.5 pb-1.5 before:right-0 before:bottom-0`;
