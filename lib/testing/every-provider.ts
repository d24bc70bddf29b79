import { once } from 'node:events';
import { expect } from 'vitest';
import { jobInputSchema, type WorkerEvent } from '../gpu/protocol.ts';
import { startAiToolkitStandIn } from './ai-toolkit-stand-in.ts';
import { startFaultGpu } from './fault-gpu.ts';
import { type Container, startModalStandIn } from './modal-stand-in.ts';
import { startRunPodServerless } from './runpod-serverless-stand-in.ts';
import { startRunPodStandIn } from './runpod-stand-in.ts';
import { runVendorWorker } from './vendor-worker.ts';

const key = 'rpa_for_tests';

/**
 * A stand-in of every GPU provider over real HTTP, with the settings that lead to them: each base model
 * is trained at another one (Z-Image at a worker host, Flux at an endpoint of RunPod, Wan 2.1 at Modal,
 * Wan 2.2 on a pod), and AI Toolkit stands beside them.
 */
export async function startEveryProvider() {
  /** What Modal's containers do; a liar says that it has stored what it has not. */
  const behaviour = { containers: 'train' as 'train' | 'break' | 'say nothing' | 'lie' };

  async function container({ callId, input, killed }: Container) {
    if (behaviour.containers === 'break') throw new Error('boom');
    if (behaviour.containers === 'say nothing') return once(killed, 'abort');
    const isLie = behaviour.containers === 'lie';
    const end = await runVendorWorker({
      job: jobInputSchema.parse((input as { job: unknown }).job),
      externalJobId: callId,
      trainingSeconds: 0.6,
      signal: killed,
      loses: ({ type }) => isLie && type === 'succeeded',
    });
    return isLie ? withoutItsFile(end) : end;
  }

  const host = await startFaultGpu({ port: 0, token: 'host-token', seed: 1, paceMs: [1500, 1500] });
  const serverless = await startRunPodServerless(key);
  serverless.settings.webhookPauseMs = 20;
  const modal = await startModalStandIn(container);
  const runpod = await startRunPodStandIn(key);
  const toolkit = await startAiToolkitStandIn('toolkit');
  const standIns = { host, serverless, modal, runpod, toolkit };

  return {
    ...standIns,
    behaviour,
    settings: {
      GPU_PROVIDER: 'worker-host',
      GPU_ROUTES: 'flux=runpod-serverless,one-2.1=modal,one-2.2=runpod',
      GPU_PRICES_AS_OF: new Date().toISOString().slice(0, 10),
      WORKER_HOST_URL: host.url,
      WORKER_HOST_TOKEN: 'host-token',
      WORKER_HOST_MICRO_USD_PER_SECOND: '300',
      RUNPOD_API_KEY: key,
      RUNPOD_SERVERLESS_URL: serverless.apiUrl,
      RUNPOD_SERVERLESS_ENDPOINT: serverless.endpointId,
      RUNPOD_SERVERLESS_MICRO_USD_PER_SECOND: '530',
      RUNPOD_API_URL: runpod.url,
      RUNPOD_PROXY_URL: runpod.proxyUrl,
      RUNPOD_MICRO_USD_PER_SECOND: '239',
      MODAL_SERVER_URL: modal.url,
      MODAL_TOKEN_ID: modal.token.id,
      MODAL_TOKEN_SECRET: modal.token.secret,
      MODAL_MICRO_USD_PER_SECOND: '694',
      AI_TOOLKIT_URL: toolkit.url,
      AI_TOOLKIT_AUTH: 'toolkit',
      AI_TOOLKIT_MICRO_USD_PER_SECOND: '1000000',
      AUTH_SECRET: 'a secret of at least thirty-two characters',
      FLUX_LICENSE_REFERENCE: 'for tests',
    },
    /** All is well with all of them. */
    reset(): void {
      behaviour.containers = 'train';
      serverless.settings.maxWorkers = 20;
      serverless.next.fate.length = 0;
      serverless.troubles.length = 0;
      modal.behaviour.isFull = false;
      host.next.fate.length = 0;
      host.next.submit.length = 0;
      host.control({ awayMs: 0 });
    },
    /** Nothing runs, waits or bills anywhere, and nobody was asked for what may not be asked for. */
    expectNothingLeft(): void {
      expect(host.truth().jobs.filter(({ released }) => !released)).toEqual([]);
      expect(serverless.busy()).toEqual([]);
      const waiting = [...serverless.jobs.values()].filter(({ status }) => status === 'IN_QUEUE');
      expect(waiting).toEqual([]);
      expect([...modal.calls.values()].filter(({ outcome }) => outcome === null)).toEqual([]);
      expect(runpod.billing()).toEqual([]);
      expect(toolkit.rows.size + toolkit.files.size).toBe(0);
      for (const { faults } of [serverless, modal, runpod]) expect(faults).toEqual([]);
    },
    close: () => Promise.all(Object.values(standIns).map((standIn) => standIn.close())),
  };
}

export type EveryProvider = Awaited<ReturnType<typeof startEveryProvider>>;

function withoutItsFile(event: WorkerEvent): WorkerEvent {
  if (event.type !== 'succeeded') return event;
  const sha256 = '0'.repeat(64);
  const files = event.files.map((file) => ({
    ...file,
    sha256,
    key: file.key.replace(/[0-9a-f]{64}/, sha256),
  }));
  return { ...event, files };
}
