/** Every address of the product, in one place. Isomorphic. */
export const paths = {
  home: () => '/',
  signIn: (next?: string) => (next ? `/sign-in?next=${encodeURIComponent(next)}` : '/sign-in'),
  signUp: (next?: string) => (next ? `/sign-up?next=${encodeURIComponent(next)}` : '/sign-up'),
  influencers: () => '/influencer',
  newInfluencer: () => '/influencer/new',
  wizard: (characterId: string) => `/influencer/${characterId}/wizard`,
  settings: (characterId: string) => `/influencer/${characterId}/settings`,
  studio: (characterId: string) => `/influencer/${characterId}/studio`,
  credits: (back?: string) => (back ? `/credits?back=${encodeURIComponent(back)}` : '/credits'),
  notifications: () => '/notifications',
  image: (imageId: string, size: 'thumb' | 'full') => `/api/images/${imageId}?size=${size}`,
  download: (characterId: string, loraModelId: string, role: string) =>
    `/api/influencer/${characterId}/lora/${loraModelId}/download?role=${role}`,
  trainingWebhook: (provider: string) => `/api/webhooks/training/${provider}`,
  trainingUpload: (provider: string) => `/api/webhooks/training/${provider}/upload`,
} as const;

/** A path of our own to return to, or `fallback`: never another site's address. */
export function safeReturnPath(candidate: string | null | undefined, fallback: string): string {
  if (!candidate || !/^\/(?![/\\])[^\s\\]*$/.test(candidate)) return fallback;
  return candidate;
}
