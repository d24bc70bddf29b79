import { type GpuProvider, ProviderError } from './provider.ts';
import { createWorkerHost } from './worker-host.ts';

interface HostConfig {
  url: string;
  token: string;
  microUsdPerSecond: number;
}

/** What the operator set for each provider; read from the environment by the caller. */
export type GpuConfig = Partial<Record<'sandbox' | 'worker-host', HostConfig>>;

/**
 * The provider of that id, as an attempt stores it. An id nobody has set up (an old attempt's, say)
 * throws `ProviderError('config')`: it is the operator's, and fails no training.
 */
export function gpuProvider(id: string, config: GpuConfig): GpuProvider {
  const host = id === 'sandbox' || id === 'worker-host' ? config[id] : undefined;
  if (host?.url) return createWorkerHost({ id, ...host });
  throw new ProviderError('config', `There is no GPU provider called "${id}".`);
}
