import type { Config } from 'tailwindcss';

/**
 * The tokens. Values that differ between light and dark live in `app/globals.css` as CSS variables;
 * here they get their names. Colours, type, radii, shadows and motion replace Tailwind's own, so a
 * class outside this list does not exist. Colours follow the theme by themselves: `dark:` is not
 * needed.
 */

const colour = (name: string) => `var(--${name})`;

const colours = [
  'ground', // the page
  'surface', // panels
  'raised', // popovers, dialogs
  'well', // behind pictures
  'line', // decoration only
  'control', // borders of inputs, at least 3 : 1
  'ink',
  'ink-2',
  'ink-3', // the weakest text, disabled included
  'accent',
  'accent-hover',
  'on-accent', // text on accent, on bad and on their hover
  'accent-soft',
  'focus',
  'heart',
  'good',
  'good-soft',
  'warn',
  'warn-soft',
  'bad',
  'bad-hover',
  'bad-soft',
  'sandbox', // plum belongs to the sandbox alone
  'sandbox-soft',
  'plate', // behind an icon that lies on a picture
  'on-plate',
] as const;

/** px as rem, so that the reader's own text size counts. */
const rem = (px: number) => `${px / 16}rem`;

const line = (sizePx: number, linePx: number): [string, { lineHeight: string }] => [
  rem(sizePx),
  { lineHeight: String(linePx / sizePx) },
];

export default {
  content: [],
  darkMode: ['selector', '[data-theme="dark"]'],
  theme: {
    colors: {
      transparent: 'transparent',
      current: 'currentColor',
      ...Object.fromEntries(colours.map((name) => [name, colour(name)])),
    },
    fontFamily: {
      sans: [
        'var(--font-latin-ext)',
        'var(--font-latin)',
        'system-ui',
        'sans-serif',
        'Apple Color Emoji',
        'Segoe UI Emoji',
      ],
      mono: ['ui-monospace', 'SFMono-Regular', 'Menlo', 'Consolas', 'monospace'],
    },
    fontSize: {
      frame: line(12, 16), // frame numbers, badges
      small: line(13, 18), // secondary text
      body: line(15, 22),
      input: line(16, 24), // inputs: no zoom on iOS
      panel: line(18, 26), // panel heads
      section: line(22, 28),
      page: line(28, 34),
      name: line(36, 40), // a character's name
      display: line(52, 54), // the landing page only
    },
    fontWeight: { normal: '400', medium: '500', semibold: '600' },
    borderRadius: {
      none: '0',
      picture: '3px',
      control: '8px',
      panel: '12px',
      dialog: '16px',
      full: '9999px', // counts, switches and spinners only
    },
    boxShadow: {
      none: 'none',
      popover: 'var(--shadow-popover)',
      dialog: 'var(--shadow-dialog)',
    },
    transitionDuration: {
      quick: '90ms', // press, tick, heart
      base: '150ms', // hover, popover, expand
      out: '100ms',
      slow: '200ms', // dialog, sheet
      progress: '400ms', // the bar between two polls
    },
    transitionTimingFunction: {
      quick: 'cubic-bezier(0.2, 0, 0, 1)',
      base: 'cubic-bezier(0.2, 0.8, 0.2, 1)',
      out: 'cubic-bezier(0.4, 0, 1, 1)',
      linear: 'linear',
    },
    zIndex: { header: '10', footer: '20', skip: '50' },
    extend: {
      // The steps for gaps and padding are 1 2 3 4 6 8 12 18 (4 8 12 16 24 32 48 72 px).
      spacing: {
        gutter: 'var(--gutter)', // the page's side margin: 16, 24, 32 px
        target: 'var(--target)', // height of a control: 32 px, 44 px under a finger
        'target-large': 'var(--target-large)', // height of a field or main button: 40, 44 px
        header: 'var(--header)', // height of the sticky header
        footer: '4rem', // height of a sticky footer
      },
      maxWidth: {
        measure: '68ch', // running text
        reading: rem(680),
        panel: rem(960),
        gallery: rem(1600),
      },
      aspectRatio: { frame: '4 / 5' }, // every picture cell
    },
  },
} satisfies Config;
