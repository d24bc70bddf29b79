import { env, realGpus } from '../env.ts';
import { paths } from '../paths.ts';
import { type GpuConfig, gpuProvider, type ProviderId } from './choose-provider.ts';
import type { GpuProvider } from './provider.ts';
import { bellToken } from './signature.ts';

const shared = globalThis as { likenessProviders?: Map<string, GpuProvider> };

/**
 * The provider of that id as this installation is set up, at the place an attempt was started at; see
 * `gpuProvider` for what it throws.
 */
export function configuredProvider(id: string, endpoint: string | null = null): GpuProvider {
  shared.likenessProviders ??= new Map();
  const key = `${id} ${endpoint ?? ''}`;
  const known = shared.likenessProviders.get(key);
  if (known) return known;
  const provider = gpuProvider(id, endpoint === null ? config() : movedTo(endpoint));
  shared.likenessProviders.set(key, provider);
  return provider;
}

/**
 * Where trainings of a base model run from now on. The place is kept with each training, so that new
 * settings do not lose those under way; the sandbox and rented GPUs need none.
 */
export function routeOf(baseModel: string): { provider: ProviderId; endpoint: string | null } {
  const routed = realGpus.find((gpu) => env().GPU_ROUTES.includes(`${baseModel}=${gpu}`));
  const provider = routed ?? env().GPU_PROVIDER;
  const set = config()[provider];
  return { provider, endpoint: provider !== 'sandbox' && 'url' in set ? set.url : null };
}

/** The providers that are set up here, whether or not new trainings go there. */
export function configuredProviderIds(): string[] {
  return Object.entries(config()).flatMap(([id, set]) =>
    ('url' in set ? set.url : set.apiKey) ? [id] : [],
  );
}

/** What a GPU second costs us there, in micro-dollars; 0 where nobody has said. */
export function configuredPrice(id: ProviderId): number {
  return config()[id].microUsdPerSecond;
}

function movedTo(url: string): GpuConfig {
  const set = config();
  return {
    'worker-host': { ...set['worker-host'], url },
    'ai-toolkit': { ...set['ai-toolkit'], url },
    'runpod-serverless': { ...set['runpod-serverless'], url },
    modal: { ...set.modal, url },
  };
}

function config(): Required<GpuConfig> {
  // Whoever asks holds a lease, and must not lose it while waiting for one answer.
  const timeoutMs = Math.min(10_000, env().ATTEMPT_LEASE_SECONDS * 400);
  return {
    sandbox: {
      timeoutMs,
      url: env().SANDBOX_GPU_URL,
      token: env().SANDBOX_GPU_TOKEN,
      microUsdPerSecond: env().SANDBOX_PRICE_MICRO_USD_PER_SECOND,
    },
    'worker-host': {
      timeoutMs,
      url: env().WORKER_HOST_URL,
      token: env().WORKER_HOST_TOKEN,
      microUsdPerSecond: env().WORKER_HOST_MICRO_USD_PER_SECOND,
    },
    'ai-toolkit': {
      timeoutMs,
      url: env().AI_TOOLKIT_URL,
      token: env().AI_TOOLKIT_AUTH,
      microUsdPerSecond: env().AI_TOOLKIT_MICRO_USD_PER_SECOND,
    },
    runpod: {
      timeoutMs,
      apiUrl: env().RUNPOD_API_URL,
      apiKey: env().RUNPOD_API_KEY,
      proxyUrl: env().RUNPOD_PROXY_URL,
      image: env().RUNPOD_IMAGE,
      gpus: env().RUNPOD_GPUS,
      cloud: env().RUNPOD_CLOUD,
      maxCentsPerHour: env().RUNPOD_MAX_CENTS_PER_HOUR,
      microUsdPerSecond: env().RUNPOD_MICRO_USD_PER_SECOND,
      diskGb: env().RUNPOD_DISK_GB,
      hfToken: env().RUNPOD_HF_TOKEN,
      bootMinutes: env().RUNPOD_BOOT_MINUTES,
      masterSecret: env().AUTH_SECRET,
    },
    'runpod-serverless': {
      timeoutMs,
      url:
        env().RUNPOD_SERVERLESS_ENDPOINT &&
        `${env().RUNPOD_SERVERLESS_URL}/${env().RUNPOD_SERVERLESS_ENDPOINT}`,
      apiKey: env().RUNPOD_API_KEY,
      microUsdPerSecond: env().RUNPOD_SERVERLESS_MICRO_USD_PER_SECOND,
      bellUrl: (attemptId) =>
        `${env().CALLBACK_URL}${paths.trainingBell()}?attempt=${attemptId}&token=${bellToken(env().AUTH_SECRET, attemptId)}`,
    },
    modal: {
      timeoutMs,
      tokenId: env().MODAL_TOKEN_ID,
      tokenSecret: env().MODAL_TOKEN_SECRET,
      url:
        env().MODAL_TOKEN_ID &&
        `modal://${env().MODAL_ENVIRONMENT}/${env().MODAL_APP}/${env().MODAL_FUNCTION}`,
      microUsdPerSecond: env().MODAL_MICRO_USD_PER_SECOND,
    },
  };
}
