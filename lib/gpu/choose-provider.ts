import { createAiToolkit } from './ai-toolkit.ts';
import { createModal, type ModalSettings } from './modal.ts';
import { type GpuProvider, ProviderError } from './provider.ts';
import { createRunPod, type RunPodSettings } from './runpod.ts';
import { createRunPodServerless, type RunPodServerlessSettings } from './runpod-serverless.ts';
import { createWorkerHost } from './worker-host.ts';

interface HostConfig {
  url: string;
  token: string;
  microUsdPerSecond: number;
  /** For one request; see `createWorkerHost`. */
  timeoutMs?: number;
}

/** What the operator set for each provider; read from the environment by the caller. */
export interface GpuConfig {
  sandbox?: HostConfig;
  'worker-host'?: HostConfig;
  'ai-toolkit'?: HostConfig;
  runpod?: Omit<RunPodSettings, 'id'>;
  'runpod-serverless'?: Omit<RunPodServerlessSettings, 'id'>;
  modal?: Omit<ModalSettings, 'id'>;
}

export type ProviderId = keyof GpuConfig;

/**
 * The provider of that id, as an attempt stores it. An id nobody has set up (an old attempt's, say)
 * throws `ProviderError('config')`: it is the operator's, and fails no training.
 */
export function gpuProvider(id: string, config: GpuConfig): GpuProvider {
  if ((id === 'sandbox' || id === 'worker-host') && config[id]?.url) {
    return createWorkerHost({ id, ...config[id] });
  }
  if (id === 'ai-toolkit' && config[id]?.url) return createAiToolkit({ id, ...config[id] });
  if (id === 'runpod' && config[id]?.apiKey) return createRunPod({ id, ...config[id] });
  if (id === 'runpod-serverless' && config[id]?.url) {
    return createRunPodServerless({ id, ...config[id] });
  }
  if (id === 'modal' && config[id]?.url) return createModal({ id, ...config[id] });
  throw new ProviderError('config', `There is no GPU provider called "${id}".`);
}
