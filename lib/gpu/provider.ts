import type { Readable } from 'node:stream';
import type { JobInput, WorkerErrorCode } from './protocol.ts';

/** Where a finished adapter file lies: already in our bucket, or to be fetched from the provider. */
export type ArtifactSource =
  | { role: LoraFileRole; kind: 'stored'; key: string; bytes: number; sha256: string }
  | { role: LoraFileRole; kind: 'remote'; open(): Promise<Readable> };

/** `main` for one-file models; Wan 2.2 has an expert for high and one for low noise. */
export type LoraFileRole = 'main' | 'high_noise' | 'low_noise';

/** What a provider says about one job, in our words. Absence is never success. */
export type Observation =
  | { state: 'queued' }
  | { state: 'running'; progress: Progress }
  | { state: 'succeeded'; progress: Progress; artifacts: ArtifactSource[] }
  | {
      state: 'failed';
      code: WorkerErrorCode;
      retryable: boolean;
      message: string;
      progress: Progress;
    }
  | { state: 'cancelled'; progress: Progress }
  | { state: 'not_found' };

export type Phase = 'preparing' | 'captioning' | 'caching' | 'training' | 'sampling' | 'uploading';

export interface Progress {
  phase: Phase;
  step: number;
  totalSteps: number | null;
  loss: number | null;
  secondsPerStep: number | null;
  gpuSeconds: number;
}

/** A job of ours as the provider's list shows it. `name` is the attempt's unique job name. */
export interface ProviderJob {
  externalJobId: string;
  name: string;
  createdAt: Date;
}

/**
 * Why a call to a provider did not work, by what to do about it:
 * `retry` later · `config` is for the operator, never fails a training · `reject` ends the attempt ·
 * `busy` is "no capacity now", a normal answer.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  constructor(
    readonly kind: 'retry' | 'config' | 'reject' | 'busy',
    message: string,
    readonly retryAfterMs: number | null = null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/**
 * PORT: where a training runs. Adapters know vendors, not users: no database, no credits here.
 * Every call has its own timeout (at most 10 s, under half the attempt's lease) and throws only
 * `ProviderError`. `submit` may be repeated after a crash: callers look for `job.name` with
 * `findByName` first, and the adapter never makes two jobs of one name where it can help it.
 */
export interface GpuProvider {
  readonly id: string;
  /** Starts the job and returns the provider's own id for it. */
  submit(job: JobInput): Promise<{ externalJobId: string }>;
  /** Our job of that name, or null when the provider has none. */
  findByName(name: string): Promise<ProviderJob | null>;
  observe(externalJobId: string): Promise<Observation>;
  /** Asks it to stop. Already ended or unknown is fine. */
  cancel(externalJobId: string): Promise<void>;
  /** Every job of ours, ended or not, that the provider still holds. */
  list(): Promise<ProviderJob[]>;
  /** Removes the job and what it left behind at the provider. Already gone is fine. */
  release(externalJobId: string): Promise<void>;
  /** What a GPU second costs us in micro-dollars, as configured; never from code. */
  price(): { microUsdPerSecond: number };
}
