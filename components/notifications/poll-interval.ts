const quickMs = 3_000;
const slowMs = 30_000;
const quickForMs = 30_000;

/** How often to look into the inbox, in ms: quick while news is near or has just come. */
export function inboxPollMs(inbox: { trainingOpen: boolean; sinceChangeMs: number }): number {
  return inbox.trainingOpen || inbox.sinceChangeMs < quickForMs ? quickMs : slowMs;
}
