import { setTimeout as delay } from 'node:timers/promises';
import {
  type EventReply,
  eventReplySchema,
  type JobInput,
  protocolVersion,
  type WorkerEvent,
} from '../gpu/protocol.ts';
import { signEvent } from '../gpu/signature.ts';
import type { JobRecord } from '../sandbox/gpu/job-store.ts';
import type { EventBody } from '../sandbox/gpu/sandbox-job.ts';
import { simulateTraining } from '../sandbox/gpu/simulate-training.ts';
import { WorkerFailure } from '../sandbox/gpu/worker-failure.ts';

export interface VendorRun {
  job: JobInput;
  /** What the vendor calls this run. */
  externalJobId: string;
  trainingSeconds: number;
  /** The vendor's kill: it stops at once and says nothing more. */
  signal: AbortSignal;
  /** Events that are lost on their way; the claim, too, when it is among them. */
  loses?: (event: WorkerEvent) => boolean;
}

const claimTries = 20;
const endTries = 6;

/**
 * One run of a worker that a vendor starts (docs/worker-protocol.md, section 8), for stand-ins of such
 * vendors: claims the attempt, trains as the sandbox does, reports, and resolves with its last event,
 * which is the run's result at the vendor. Keeps nothing: started again, it begins anew. Rejects when
 * the vendor kills it, and when nobody answers its claim.
 */
export async function runVendorWorker(run: VendorRun): Promise<WorkerEvent> {
  const { job, externalJobId, trainingSeconds, signal, loses = () => false } = run;
  const startedAt = performance.now();
  const toldToStop = new AbortController();
  const stop = AbortSignal.any([signal, toldToStop.signal]);
  let seq = 0;
  let sending: Promise<unknown> = Promise.resolve();

  const progress: JobRecord['progress'] = {
    phase: 'preparing',
    step: 0,
    totalSteps: job.recipe.steps,
    loss: null,
    secondsPerStep: null,
    gpuSeconds: 0,
  };
  const gpuSeconds = () => {
    progress.gpuSeconds = Math.round(performance.now() - startedAt) / 1_000;
    return progress.gpuSeconds;
  };
  const record: JobRecord = {
    id: externalJobId,
    name: job.name,
    state: 'running',
    createdAt: new Date().toISOString(),
    startedAt: new Date().toISOString(),
    progress,
    files: [],
    samples: [],
    error: null,
    input: job,
    seq: 0,
    undeliveredEnd: null,
  };

  function eventOf(body: EventBody): WorkerEvent {
    seq += 1;
    return {
      protocolVersion,
      trainingId: job.trainingId,
      attemptId: job.attemptId,
      seq,
      at: new Date().toISOString(),
      externalJobId,
      ...body,
    };
  }

  /** The answer, or null when there is none that says anything. */
  async function post(event: WorkerEvent): Promise<EventReply | null> {
    if (loses(event)) return null;
    const body = JSON.stringify(event);
    const run = externalJobId.replaceAll(/[.:]/g, '-');
    const id = `evt_${job.attemptId}_${run}_${event.seq}`;
    try {
      const response = await fetch(job.callback.eventsUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...signEvent(job.callback.secret, id, new Date(), body),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
      });
      return response.ok ? eventReplySchema.parse(await response.json()) : null;
    } catch {
      return null;
    }
  }

  async function untilAnswered(event: WorkerEvent, tries: number): Promise<EventReply | null> {
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await delay(Math.min(1_000, 20 * 2 ** attempt), undefined, { signal });
      signal.throwIfAborted();
      const reply = await post(event);
      if (reply) return reply;
    }
    return null;
  }

  /** One after the other, beside the training. */
  function tell(body: EventBody): void {
    const event = eventOf(body);
    sending = sending.then(async () => {
      if (stop.aborted) return;
      const reply = await post(event);
      if (reply?.action === 'cancel') toldToStop.abort();
    });
  }

  async function end(body: EventBody): Promise<WorkerEvent> {
    await sending;
    signal.throwIfAborted();
    const event = eventOf(body);
    await untilAnswered(event, endTries);
    return event;
  }

  const claim = await untilAnswered(eventOf({ type: 'accepted', gpu: 'stand-in' }), claimTries);
  if (!claim) throw new Error('Nobody has answered the claim.');
  seq = Math.max(seq, claim.lastSeq ?? 0);
  if (claim.action === 'cancel') return end({ type: 'cancelled', gpuSeconds: gpuSeconds() });

  const heartbeat = setInterval(() => {
    gpuSeconds();
    tell({ type: 'heartbeat', ...progress });
  }, job.callback.heartbeatSeconds * 1_000);
  try {
    await simulateTraining(
      {
        record,
        silent: false,
        report(change) {
          Object.assign(progress, change);
          gpuSeconds();
          tell({ type: 'progress', ...progress });
        },
        reportFile(file) {
          record.files.push(file);
          tell({ type: 'uploaded', file });
        },
        reportSample(sample) {
          record.samples?.push(sample);
          tell({ type: 'sample', ...sample });
        },
      },
      { trainingSeconds, adapterLayers: 1, adapterMegabytes: null },
      stop,
    );
    return await end({ type: 'succeeded', files: record.files, gpuSeconds: gpuSeconds() });
  } catch (error) {
    signal.throwIfAborted();
    if (toldToStop.signal.aborted) return end({ type: 'cancelled', gpuSeconds: gpuSeconds() });
    if (!(error instanceof WorkerFailure)) throw error;
    const { code, retryable, message } = error;
    return end({ type: 'failed', error: { code, retryable, message }, gpuSeconds: gpuSeconds() });
  } finally {
    clearInterval(heartbeat);
  }
}
