import { joinClasses } from './join-classes';

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger';
export type ButtonSize = 'small' | 'medium' | 'large';

export interface ButtonLook {
  /** One primary a view. Default `secondary`. */
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** As wide as what it stands in. */
  wide?: boolean;
}

const base =
  'pressable inline-flex shrink-0 items-center justify-center border text-center font-medium select-none max-w-full [&>.lucide]:size-[1.15em]';

const variants: Record<ButtonVariant, string> = {
  primary: 'border-transparent bg-accent text-on-accent hover:bg-accent-hover',
  secondary: 'border-control bg-surface text-ink hover:bg-well',
  quiet: 'border-transparent bg-transparent text-ink-2 hover:bg-well hover:text-ink',
  danger: 'border-transparent bg-bad text-on-accent hover:bg-bad-hover',
};

/** Still 5 : 1 on its ground, but plainly at rest. */
const unavailableLook = 'border-dashed border-control bg-transparent text-ink-3';

// Without an icon the spinner needs 20 (16) px: the padding gives exactly that much back, so the
// button keeps its width to the pixel.
const sizes: Record<ButtonSize, { box: string; padding: string; spinning: string }> = {
  small: {
    box: 'min-h-target gap-1 rounded-control text-small',
    padding: 'px-3',
    spinning: 'px-1',
  },
  medium: {
    box: 'min-h-target-large gap-1.5 rounded-control text-body',
    padding: 'px-4',
    spinning: 'px-1.5',
  },
  large: {
    box: 'min-h-12 gap-1.5 rounded-control text-input',
    padding: 'px-6',
    spinning: 'px-3.5',
  },
};

/** The look of a button, for `Button`, `LinkButton` and whatever else must look like one. */
export function buttonClasses(
  { variant = 'secondary', size = 'medium', wide = false }: ButtonLook,
  state: { spinning?: boolean; unavailable?: boolean } = {},
): string {
  const { box, padding, spinning } = sizes[size];
  return joinClasses(
    base,
    box,
    state.spinning ? spinning : padding,
    state.unavailable ? unavailableLook : variants[variant],
    wide && 'w-full',
  );
}
