/** Every address of the product, in one place. Isomorphic. */
export const paths = {
  home: () => '/',
  signIn: (next?: string) => (next ? `/sign-in?next=${encodeURIComponent(next)}` : '/sign-in'),
  signUp: (next?: string) => (next ? `/sign-up?next=${encodeURIComponent(next)}` : '/sign-up'),
  influencers: () => '/influencer',
  /** `made` is who was made there: coming back to it is coming back to them. */
  newInfluencer: (made?: string) => (made ? `/influencer/new?made=${made}` : '/influencer/new'),
  wizard: (characterId: string, step?: 'name' | 'images' | 'training' | 'done') =>
    `/influencer/${characterId}/wizard${step ? `?step=${step}` : ''}`,
  settings: (characterId: string) => `/influencer/${characterId}/settings`,
  studio: (characterId: string) => `/influencer/${characterId}/studio`,
  credits: (back?: string) => (back ? `/credits?back=${encodeURIComponent(back)}` : '/credits'),
  /** `missing` credits are named there, and the package that covers them is chosen. */
  buyCredits: ({ back, missing }: { back?: string; missing?: number } = {}) =>
    withQuery('/credits/buy', { back, missing: missing && missing > 0 ? String(missing) : '' }),
  creditsExport: (filter: Record<string, string | undefined> = {}) =>
    withQuery('/api/credits/export', filter),
  /** `before` is the notice an older page comes after. */
  notifications: (before?: string) => withQuery('/notifications', { before }),
  account: () => '/account',
  /** Receipts of what was deleted. */
  deletions: () => '/account/deletions',
  /** The receipt of a deleted account; `token` opens it without a sign-in. */
  deletedAccount: (token: string) => `/deleted/${token}`,
  developers: (anchor?: string) => (anchor ? `/developers#${anchor}` : '/developers'),
  openApi: () => '/api/openapi.json',
  operator: (look?: { days: number; source: string }) =>
    look ? `/operator?days=${look.days}&source=${look.source}` : '/operator',
  image: (imageId: string, size: 'thumb' | 'full') => `/api/images/${imageId}?size=${size}`,
  imageFile: (imageId: string) => `/api/images/${imageId}/download`,
  gallery: (characterId: string, from: { before: number } | { since: number }) =>
    `/api/influencer/${characterId}/gallery?${new URLSearchParams(Object.entries(from).map(([key, number]) => [key, String(number)]))}`,
  download: (characterId: string, loraModelId: string, role: string) =>
    `/api/influencer/${characterId}/lora/${loraModelId}/download?role=${role}`,
  trainingRecord: (characterId: string, loraModelId: string) =>
    `/api/influencer/${characterId}/lora/${loraModelId}/record`,
  sample: (characterId: string, loraModelId: string, sampleId: string, size: 'thumb' | 'full') =>
    `/api/influencer/${characterId}/lora/${loraModelId}/samples/${sampleId}?size=${size}`,
  /** A page of the history; the first has no number. */
  trainingHistory: (characterId: string, page: number) =>
    withQuery(`/influencer/${characterId}/settings`, { page: page > 1 ? String(page) : '' }),
  trainingWebhook: () => '/api/webhooks/training',
  trainingBell: () => '/api/webhooks/training/bell',
  trainingUpload: () => '/api/webhooks/training/upload',
} as const;

/** A path of our own to return to, or `fallback`: never another site's address. */
export function safeReturnPath(candidate: string | null | undefined, fallback: string): string {
  if (!candidate || !/^\/(?![/\\])[^\s\\]*$/.test(candidate)) return fallback;
  return candidate;
}

/** `path` with those parameters that have a value. */
function withQuery(path: string, parameters: Record<string, string | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) query.set(name, value);
  return query.size > 0 ? `${path}?${query}` : path;
}
