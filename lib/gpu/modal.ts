import type { ModalAccess, ModalPlace } from './modal-client.ts';
import { type GpuProvider, ProviderError } from './provider.ts';
import { failedRun, isEnd, progressOf, returnedEnd, vendorInput } from './vendor-run.ts';

export interface ModalSettings extends ModalAccess {
  /** `modal://environment/app/function`, as an attempt keeps it; no environment: the default one. */
  url: string;
  microUsdPerSecond: number;
}

const rememberedCancels = 1_000;

/**
 * The adapter for Modal: a training is one call of a function that the operator has deployed
 * (`docs/worker/modal_app.py`). Modal tells whether the call has ended and nothing of how it goes, and
 * has no way to find a call by our name or to list ours: the worker names its call in what it reports,
 * and that is what is known. A call whose result is no longer kept looks unfinished for ever; our
 * deadline ends it.
 */
export function createModal(settings: ModalSettings): GpuProvider {
  const { id, microUsdPerSecond } = settings;
  const place = readPlace(settings.url);
  const cancelled = new Set<string>();
  let client: ReturnType<typeof load> | null = null;

  async function load() {
    const { modalClient } = await import('./modal-client.ts');
    return modalClient(settings);
  }

  function modal() {
    client ??= load();
    return client;
  }

  async function cancel(externalJobId: string): Promise<void> {
    if (!isCallId(externalJobId)) return;
    await (await modal()).cancel(externalJobId);
    const [oldest = ''] = cancelled.size < rememberedCancels ? [] : cancelled;
    cancelled.delete(oldest);
    cancelled.add(externalJobId);
  }

  return {
    id,
    lacksLookup: true,

    async submit(job) {
      const input = vendorInput(job);
      return { externalJobId: await (await modal()).spawn(place, input, job.attemptId) };
    },

    findByName: async () => null,
    list: async () => [],

    async observe(externalJobId, reported = null) {
      if (!isCallId(externalJobId)) return { state: 'not_found' };
      // An end that was signed is the end, whether or not the function has returned since.
      if (isEnd(reported)) return reported;
      const seen = await (await modal()).look(externalJobId);
      switch (seen.is) {
        case 'unknown':
          return { state: 'not_found' };
        case 'unfinished':
          return reported ?? { state: 'queued' };
        case 'returned': {
          const end = returnedEnd(seen.value, reported);
          if (end) return end;
          throw new ProviderError('config', `${externalJobId} returned no worker's last event.`);
        }
        case 'timed-out':
          return failedRun(reported, { code: 'DEADLINE', retryable: false, message: seen.message });
        case 'failed-at-modal':
          return failedRun(reported, { code: 'PREEMPTED', retryable: true, message: seen.message });
        case 'terminated':
          // A call that was cancelled looks like one that broke: only who cancelled it knows.
          return cancelled.has(externalJobId)
            ? { state: 'cancelled', progress: progressOf(reported) }
            : failedRun(reported, { code: 'INTERNAL', retryable: true, message: seen.message });
      }
    },

    cancel,

    /** A call can be ended, not removed: Modal forgets it by itself. */
    release: cancel,

    price: () => ({ microUsdPerSecond }),

    async check() {
      const { backlog, numTotalRunners } = await (await modal()).stats(place);
      return [
        {
          isFine: true,
          say: `The token is accepted. ${place.app}/${place.function} is deployed: ${numTotalRunners} containers run, ${backlog} calls wait.`,
        },
      ];
    },
  };
}

function readPlace(url: string): ModalPlace {
  const [, , environment = '', app = '', name = ''] = url.split('/');
  return { environment, app, function: name };
}

function isCallId(externalJobId: string): boolean {
  return /^fc-[A-Za-z0-9_-]{1,100}$/.test(externalJobId);
}
