import localFont from 'next/font/local';

/** Instrument Sans with both axes (weight 400 to 700, width 75 to 100); preloaded. */
export const latin = localFont({
  src: '../node_modules/@fontsource-variable/instrument-sans/files/instrument-sans-latin-wdth-normal.woff2',
  weight: '400 700',
  style: 'normal',
  display: 'swap',
  declarations: [{ prop: 'font-stretch', value: '75% 100%' }],
  adjustFontFallback: 'Arial',
  variable: '--font-latin',
});

/** The rest of the Latin script, fetched only by pages that need one of its characters. */
export const latinExtended = localFont({
  src: '../node_modules/@fontsource-variable/instrument-sans/files/instrument-sans-latin-ext-wdth-normal.woff2',
  weight: '400 700',
  style: 'normal',
  display: 'swap',
  declarations: [
    { prop: 'font-stretch', value: '75% 100%' },
    {
      prop: 'unicode-range',
      value:
        'U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF',
    },
  ],
  adjustFontFallback: false,
  preload: false,
  variable: '--font-latin-ext',
});
