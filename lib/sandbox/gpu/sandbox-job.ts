import {
  type HostJob,
  protocolVersion,
  type ReportedSample,
  type WorkerEvent,
} from '../../gpu/protocol.ts';
import { EventDelivery } from './deliver-events.ts';
import type { JobRecord, JobStore } from './job-store.ts';
import { simulateTraining, type TrainingSettings } from './simulate-training.ts';
import { WorkerFailure } from './worker-failure.ts';

type BaseField = 'protocolVersion' | 'trainingId' | 'attemptId' | 'seq' | 'at';
type WithoutBase<Event> = Event extends WorkerEvent ? Omit<Event, BaseField> : never;
/** An event without what every event carries. */
export type EventBody = WithoutBase<WorkerEvent>;

type Progress = HostJob['progress'];
type Failure = NonNullable<HostJob['error']>;

/** setTimeout counts in 32 bits; what is further away needs no timer here. */
const longestTimerMs = 2 ** 31 - 1;

/** One job of the sandbox, from its record: runs it, ends it once, tells the app about it. */
export class SandboxJob {
  /** Rehearsal: goes on without a word. */
  silent: boolean;
  private readonly delivery: EventDelivery;
  private readonly stopTraining = new AbortController();
  private readonly stopDelivery = new AbortController();
  private deadlineTimer: NodeJS.Timeout | undefined;
  private countedUntilMs: number | null = null;
  readonly record: JobRecord;
  private readonly store: JobStore;

  constructor(record: JobRecord, store: JobStore) {
    this.record = record;
    this.store = store;
    const { callback, rehearsal, limits } = record.input;
    this.silent = rehearsal === 'mute';
    this.delivery = new EventDelivery({
      eventsUrl: callback.eventsUrl,
      secret: callback.secret,
      tangled: rehearsal === 'duplicate-callbacks',
      onCancel: () => this.cancel(),
      onEndTaken: () => {
        // A discarded job's file is gone and must not come back.
        if (this.stopDelivery.signal.aborted) return;
        record.undeliveredEnd = null;
        store.save(record);
      },
      signal: this.stopDelivery.signal,
    });
    if (this.isOpen) this.startDeadline(Date.parse(limits.deadlineAt) - Date.now());
    if (record.undeliveredEnd) this.delivery.push(record.undeliveredEnd);
  }

  get isOpen(): boolean {
    return this.record.state === 'queued' || this.record.state === 'running';
  }

  /** What the host answers about it. */
  view(): HostJob {
    return { ...this.line(), samples: this.record.samples ?? [] };
  }

  /** What stands about it in a list: without its samples, which would make lists long. */
  line(): HostJob {
    const { id, name, state, createdAt, progress, files, error } = this.record;
    return { id, name, state, createdAt, progress, files, error };
  }

  /** Trains to the end, or on from where a killed process left it. Resolves however it ends. */
  async run(settings: TrainingSettings): Promise<void> {
    const { record } = this;
    const { heartbeatSeconds } = record.input.callback;
    const { signal } = this.stopTraining;
    if (!this.isOpen) return;
    this.countedUntilMs = performance.now();
    if (record.startedAt === null) {
      record.state = 'running';
      record.startedAt = new Date().toISOString();
      this.emit({ type: 'accepted', gpu: 'Sandbox GPU' });
    }
    const heartbeat = setInterval(
      () => this.emit({ type: 'heartbeat', ...this.countTime() }),
      heartbeatSeconds * 1000,
    );
    const secondsLeft = record.input.limits.maxSeconds - record.progress.gpuSeconds;
    const spent = setTimeout(
      () => this.missDeadline(),
      Math.min(longestTimerMs, secondsLeft * 1000),
    );
    try {
      await simulateTraining(this, settings, signal);
      this.end({
        type: 'succeeded',
        files: record.files,
        gpuSeconds: this.countTime().gpuSeconds,
      });
    } catch (error) {
      if (!signal.aborted) this.fail(asFailure(error));
    } finally {
      clearInterval(heartbeat);
      clearTimeout(spent);
    }
  }

  /** Notes new progress and tells it. */
  report(change: Partial<Progress>): void {
    Object.assign(this.record.progress, change);
    this.emit({ type: 'progress', ...this.countTime() });
  }

  reportFile(file: HostJob['files'][number]): void {
    this.record.files.push(file);
    this.emit({ type: 'uploaded', file });
  }

  reportSample(sample: ReportedSample): void {
    this.record.samples = [...(this.record.samples ?? []), sample];
    const { step, key, prompt } = sample;
    this.emit({ type: 'sample', step, key, prompt });
  }

  /** Ends it as cancelled, unless it has ended. */
  cancel(): void {
    this.end({ type: 'cancelled', gpuSeconds: this.countTime().gpuSeconds });
    this.stopTraining.abort();
  }

  /** Lets go of it as a dying process would, but in order: it can be resumed from its record. */
  stop(): void {
    clearTimeout(this.deadlineTimer);
    this.stopTraining.abort();
    this.stopDelivery.abort();
  }

  /** Stops it without a word and forgets it. */
  discard(): void {
    this.stop();
    this.record.state = 'cancelled';
    this.store.remove(this.record.id);
  }

  private startDeadline(ms: number): void {
    if (ms > longestTimerMs) return;
    this.deadlineTimer = setTimeout(() => this.missDeadline(), Math.max(0, ms));
  }

  private missDeadline(): void {
    this.fail({ code: 'DEADLINE', retryable: false, message: 'The time for this job is over.' });
    this.stopTraining.abort();
  }

  private fail(error: Failure): void {
    this.end({ type: 'failed', error, gpuSeconds: this.countTime().gpuSeconds });
  }

  /** The first end counts. */
  private end(body: Extract<EventBody, { type: 'succeeded' | 'failed' | 'cancelled' }>): void {
    if (!this.isOpen) return;
    clearTimeout(this.deadlineTimer);
    this.record.state = body.type;
    if (body.type === 'failed') this.record.error = body.error;
    this.emit(body, true);
  }

  /** Stores the event's number before anything is sent, so that a restart never uses it again. */
  private emit(body: EventBody, isEnd = false): void {
    if (!isEnd && (!this.isOpen || this.stopTraining.signal.aborted)) return;
    const { record } = this;
    record.seq += 1;
    const event: WorkerEvent = {
      protocolVersion,
      trainingId: record.input.trainingId,
      attemptId: record.input.attemptId,
      seq: record.seq,
      at: new Date().toISOString(),
      ...body,
    };
    if (isEnd && !this.silent) record.undeliveredEnd = event;
    this.store.save(record);
    if (!this.silent) this.delivery.push(event);
  }

  /** GPU time is counted while the job runs, not while the process is down. */
  private countTime(): Progress {
    const { progress } = this.record;
    if (this.countedUntilMs !== null && this.isOpen) {
      const nowMs = performance.now();
      const seconds = progress.gpuSeconds + (nowMs - this.countedUntilMs) / 1000;
      progress.gpuSeconds = Math.round(seconds * 1000) / 1000;
      this.countedUntilMs = nowMs;
    }
    return { ...progress };
  }
}

function asFailure(error: unknown): Failure {
  if (error instanceof WorkerFailure) {
    return { code: error.code, retryable: error.retryable, message: error.message.slice(0, 2_000) };
  }
  console.error('The sandbox GPU failed:', error);
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', retryable: true, message: message.slice(0, 2_000) };
}
