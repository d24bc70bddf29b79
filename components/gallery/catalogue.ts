/**
 * Every state of every panel that the gallery shows, by group. The states themselves are typed after
 * this list, so neither can have one more than the other.
 */
export const catalogue = {
  'sign-in': ['default', 'error'],
  influencers: ['empty', 'one', 'twelve', 'long-name'],
  'profile-set': ['empty', 'making', 'some-rejected', 'done'],
  uploads: ['mixed-progress', 'every-failure', 'offline', 'done'],
  wizard: [
    'name-and-look',
    'on',
    'off',
    'short-of-credits',
    'too-few-images',
    'price-changed',
    'consent-missing',
    'sandbox',
    'started',
    'starting',
    'not-started',
    'without-training',
  ],
  picker: [
    'no-images',
    'none',
    'four-of-five',
    'twelve-chosen',
    'fifty-reached',
    'thousand',
    'some-deleted',
    'filter-without-match',
    'thumbnail-failed',
    'chosen-list',
    'preview',
  ],
  settings: [
    'none',
    'pending',
    'provider-busy',
    'training-without-estimate',
    'training-with-range',
    'past-the-usual-time',
    'stopping',
    'ready',
    'ready-sandbox',
    'ready-two-files',
    'failed-free-retry',
    'failed-input',
    'cancelled',
    'expired',
    'new-likes',
    'rolled-back',
    'out-of-touch',
    'right-to-left-name',
  ],
  history: ['empty', 'one', 'twenty', 'row-open', 'row-failed', 'details-unavailable'],
  studio: ['empty', 'fifty', 'generating', 'not-made', 'without-lora', 'sandbox', 'viewer'],
  notifications: [
    'bell-zero',
    'bell-three',
    'bell-ninety-nine-plus',
    'bell-open',
    'page-empty',
    'page-full',
    'load-error',
  ],
  credits: [
    'zero',
    'with-reserve',
    'full-page',
    'charge-explained',
    'filter-without-match',
    'payment-pending',
    'buy-sandbox',
    'buy-short',
    'buy-refused',
    'bought',
  ],
  dialogs: [
    'cancel-pending',
    'cancel-training',
    'cancel-lost-the-race',
    'withdraw-consent',
    'dismiss-all',
    'revoke-token',
    'delete-influencer',
    'delete-account',
  ],
  account: [
    'no-tokens',
    'token-shown',
    'most-tokens',
    'sign-ins',
    'only-sign-in',
    'receipts',
    'deleted',
  ],
  operator: ['empty', 'full', 'paused', 'pausing', 'pause-refused', 'resuming'],
  system: ['not-found', 'error-with-id', 'offline', 'every-refusal', 'every-failure'],
} as const;

export type GroupName = keyof typeof catalogue;
export type StateName<G extends GroupName> = (typeof catalogue)[G][number];

/** The states that pages of the application hand in: they are not made of components alone. */
export type PageState = 'not-found' | 'error-with-id';

export const groupNames = Object.keys(catalogue) as GroupName[];

/** The group and state that an address names, or null for what the gallery does not have. */
export function findState(segments: readonly string[]): { group: GroupName; state: string } | null {
  const [asked, state] = segments;
  const group = groupNames.find((known) => known === asked);
  if (!group || state === undefined || segments.length !== 2) return null;
  const states: readonly string[] = catalogue[group];
  return states.includes(state) ? { group, state } : null;
}

/** "four-of-five" → "Four of five". */
export function wordSlug(slug: string): string {
  const words = slug.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
