const everyMs = 50;
const patienceMs = 10_000;

/**
 * Presses controls one after another, each as soon as it is there and can be seen: by the beginning
 * of its name. Throws when one does not come.
 */
export async function pressControls(names: readonly string[], signal: AbortSignal): Promise<void> {
  for (const name of names) {
    const control = await waitFor(() => findControl(name), signal);
    if (signal.aborted) return;
    if (!control) throw new Error(`There is no control named “${name}” to press.`);
    control.focus();
    control.click();
  }
}

/** Waits until those words are on the page. */
export async function awaitWords(words: string, signal: AbortSignal): Promise<void> {
  const isThere = () => (document.body.textContent?.includes(words) ? true : null);
  if ((await waitFor(isThere, signal)) || signal.aborted) return;
  throw new Error(`“${words}” did not come.`);
}

/** Scrolls to the middle of a page whose sheet of prints works: only then are those there drawn. */
export async function scrollToMiddle(signal: AbortSignal): Promise<void> {
  await waitFor(() => document.querySelector('[role=grid]'), signal);
  window.scrollTo(0, document.documentElement.scrollHeight / 2);
}

/** What `find` finds, once it does; null when it does not in time. */
async function waitFor<T>(find: () => T | null, signal: AbortSignal): Promise<T | null> {
  const untilMs = performance.now() + patienceMs;
  while (performance.now() < untilMs && !signal.aborted) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  return null;
}

function findControl(name: string): HTMLElement | null {
  const dialogs = document.querySelectorAll<HTMLElement>('dialog[open]');
  // An open dialog makes the rest of the page inert.
  const place = dialogs[dialogs.length - 1] ?? document.body;
  const controls = place.querySelectorAll<HTMLElement>('button, input, [data-key]');
  return (
    [...controls].find(
      (control) => nameOf(control).startsWith(name) && control.checkVisibility(),
    ) ?? null
  );
}

function nameOf(control: HTMLElement): string {
  const label = control instanceof HTMLInputElement ? control.labels?.[0] : null;
  const words = control.getAttribute('aria-label') ?? (label ?? control).textContent ?? '';
  return words.trim().replace(/\s+/g, ' ');
}
