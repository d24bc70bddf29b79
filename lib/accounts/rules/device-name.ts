const browsers = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS)\//],
  ['Safari', /\bSafari\//],
] as const;

// Android says Linux too, and an iPhone says Mac.
const systems = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Mac', /\bMac OS X\b|\bMacintosh\b/],
  ['Linux', /\bLinux\b/],
] as const;

/**
 * "Firefox on Windows", to tell one's own sign-ins apart; null when the browser says nothing known.
 * Only words of these lists are kept of what it says.
 */
export function deviceName(userAgent: string | null | undefined): string | null {
  const said = (userAgent ?? '').slice(0, 1_000);
  const [browser] = browsers.find(([, pattern]) => pattern.test(said)) ?? [];
  const [system] = systems.find(([, pattern]) => pattern.test(said)) ?? [];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system ?? null;
}
