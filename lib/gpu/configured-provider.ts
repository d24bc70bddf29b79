import { env } from '../env.ts';
import { gpuProvider } from './choose-provider.ts';
import type { GpuProvider } from './provider.ts';

const shared = globalThis as { likenessProviders?: Map<string, GpuProvider> };

/** The provider of that id as this installation is set up; see `gpuProvider` for what it throws. */
export function configuredProvider(id: string): GpuProvider {
  shared.likenessProviders ??= new Map();
  const known = shared.likenessProviders.get(id);
  if (known) return known;
  const provider = gpuProvider(id, {
    sandbox: {
      url: env().SANDBOX_GPU_URL,
      token: env().SANDBOX_GPU_TOKEN,
      microUsdPerSecond: env().SANDBOX_PRICE_MICRO_USD_PER_SECOND,
    },
    'worker-host': {
      url: env().WORKER_HOST_URL,
      token: env().WORKER_HOST_TOKEN,
      microUsdPerSecond: env().WORKER_HOST_MICRO_USD_PER_SECOND,
    },
  });
  shared.likenessProviders.set(id, provider);
  return provider;
}
