import { randomUUID } from 'node:crypto';
import { DomainError } from '../errors.ts';
import { type Check, type GpuProvider, ProviderError } from '../gpu/provider.ts';
import { incomingImageKey } from '../storage/keys.ts';
import { store } from '../storage/store.ts';
import { adviceByKind } from './rules/operator-advice.ts';

export interface GpuSetting {
  provider: GpuProvider;
  /** Where the provider is, as an attempt keeps it; null where that is the vendor's to say. */
  endpoint: string | null;
  /** What is trained there. */
  baseModels: readonly string[];
  /** Where the GPU side would knock, and fetch from. */
  callbackUrl: string;
  publicStoreUrl: string;
  /** When the prices in the settings were read, as 2026-11-09; empty: nobody has said. */
  pricesAsOf: string;
}

/**
 * Whether trainings could run at a provider, as lines for the operator: access, place, capacity,
 * price, and for hosts that call back and fetch by themselves, whether they can. Spends nothing.
 */
export async function checkGpu(setting: GpuSetting, now: Date): Promise<Check[]> {
  return [
    ...(await checkProvider(setting)),
    ...checkPrice(setting, now),
    await checkStore(),
    ...(await checkWaysBack(setting)),
  ];
}

async function checkProvider({ provider, baseModels }: GpuSetting): Promise<Check[]> {
  try {
    return await provider.check(baseModels);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    return [{ isFine: false, say: `${error.message} ${adviceByKind[error.kind]}` }];
  }
}

const oldAfterDays = 60;

function checkPrice({ provider, pricesAsOf }: GpuSetting, now: Date): Check[] {
  if (provider.id === 'sandbox') return [];
  const { microUsdPerSecond } = provider.price();
  if (microUsdPerSecond === 0) {
    return [{ isFine: false, say: 'No price is set: estimates of what a GPU costs would be 0.' }];
  }
  const perHour = ((microUsdPerSecond * 3_600) / 1_000_000).toFixed(2);
  const days = (now.getTime() - Date.parse(pricesAsOf)) / 86_400_000;
  if (!(days <= oldAfterDays)) {
    const since = pricesAsOf || 'a time nobody noted (GPU_PRICES_AS_OF)';
    return [
      { isFine: false, say: `Price: ${perHour} USD an hour, of ${since}. Look it up again.` },
    ];
  }
  return [{ isFine: true, say: `Price: ${perHour} USD an hour, of ${pricesAsOf}.` }];
}

/** Writes a small object, fetches it by a link as a GPU would, and removes it. */
async function checkStore(): Promise<Check> {
  const key = incomingImageKey(randomUUID(), randomUUID());
  const bytes = Buffer.from('likeness');
  try {
    await store().write(key, bytes, 'application/octet-stream');
    const link = await store().presignGet(key, { expiresInSeconds: 60 });
    const response = await fetch(link, { signal: AbortSignal.timeout(10_000) });
    const isSame = response.ok && bytes.equals(Buffer.from(await response.arrayBuffer()));
    await store().remove([key]);
    return isSame
      ? { isFine: true, say: 'The store takes files and hands them out by link.' }
      : { isFine: false, say: `A link of the store was answered with ${response.status}.` };
  } catch (error) {
    const isAway = error instanceof DomainError && error.code === 'STORAGE_UNAVAILABLE';
    if (!isAway && !(error instanceof TypeError) && !isTimeout(error)) throw error;
    return { isFine: false, say: 'The store cannot be reached. Look at the S3_ settings.' };
  }
}

const isTimeout = (error: unknown) => error instanceof Error && error.name === 'TimeoutError';

const isOfThisMachine = (url: string) => /^https?:\/\/(?:localhost|127\.|\[::1\])/.test(url);
const onlyHere = (name: string, url: string): Check => ({
  isFine: false,
  say: `${name} is ${url}: only this machine itself can reach that.`,
});

/** A worker that speaks our protocol comes to us; the other providers are only ever asked. */
async function checkWaysBack(setting: GpuSetting): Promise<Check[]> {
  const { provider, endpoint, callbackUrl, publicStoreUrl } = setting;
  if (provider.id !== 'worker-host' && !provider.lacksLookup) return [];
  const isOutOfReach = (url: string) => isOfThisMachine(url) && !isOfThisMachine(endpoint ?? '');
  return [
    isOutOfReach(callbackUrl)
      ? onlyHere('CALLBACK_URL', callbackUrl)
      : await checkCallbacks(callbackUrl),
    isOutOfReach(publicStoreUrl)
      ? onlyHere('S3_PUBLIC_ENDPOINT', publicStoreUrl)
      : { isFine: true, say: `S3_PUBLIC_ENDPOINT is ${publicStoreUrl}.` },
  ];
}

/** Whether Likeness answers at that address. Asked from here: a firewall may treat others otherwise. */
async function checkCallbacks(url: string): Promise<Check> {
  const answer = await fetch(`${url}/api/health`, {
    redirect: 'manual',
    signal: AbortSignal.timeout(10_000),
  }).then(
    (response) => (response.ok ? response.text() : ''),
    () => '',
  );
  return answer.includes('"status":"ok"')
    ? { isFine: true, say: `CALLBACK_URL is ${url}, and Likeness answers there.` }
    : {
        isFine: false,
        say: `CALLBACK_URL is ${url}, and Likeness does not answer there: is it running, and is that its address?`,
      };
}
