import type { Readable } from 'node:stream';
import type { JobInput, ReportedSample, WorkerErrorCode } from './protocol.ts';

/** Where a finished adapter file lies: already in our bucket, or to be fetched from the provider. */
export type ArtifactSource =
  | { role: LoraFileRole; kind: 'stored'; key: string; bytes: number; sha256: string }
  | { role: LoraFileRole; kind: 'remote'; open(): Promise<Readable> };

/** `main` for one-file models; Wan 2.2 has an expert for high and one for low noise. */
export type LoraFileRole = 'main' | 'high_noise' | 'low_noise';

/** A picture made on the way, as the provider says it lies in our bucket; not looked at yet. */
export type SampleSource = ReportedSample;

/** What a provider says about one job, in our words. Absence is never success. */
export type Observation =
  | { state: 'queued' }
  | { state: 'running'; progress: Progress; samples: SampleSource[] }
  | {
      state: 'succeeded';
      progress: Progress;
      artifacts: ArtifactSource[];
      samples: SampleSource[];
    }
  | {
      state: 'failed';
      code: WorkerErrorCode;
      retryable: boolean;
      message: string;
      progress: Progress;
      samples: SampleSource[];
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

/** A GPU that costs from one moment on until it is gone, whatever it does meanwhile. */
export interface Rent {
  since: Date;
  microUsdPerSecond: number;
}

/** A job of ours as the provider's list shows it. `name` is the attempt's unique job name. */
export interface ProviderJob {
  externalJobId: string;
  name: string;
  createdAt: Date;
  /** Its submit was never finished: what is there costs, and trains nothing until it is repeated. */
  isUnfinished?: boolean;
  /** Where a GPU was rented for this job alone. */
  rent?: Rent;
}

/** A job of ours in the provider's list, with what that list tells of it. */
export interface ListedJob extends ProviderJob {
  /** Null where the list does not tell how a job is doing and `observe` must be asked. */
  observation: Observation | null;
}

/**
 * Why a call to a provider did not work, by what to do about it:
 * `retry` later · `config` is for the operator, never fails a training · `reject` ends the attempt ·
 * `busy` is "no capacity now", a normal answer.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly kind: 'retry' | 'config' | 'reject' | 'busy';
  readonly retryAfterMs: number | null;

  constructor(
    kind: 'retry' | 'config' | 'reject' | 'busy',
    message: string,
    retryAfterMs: number | null = null,
    options?: ErrorOptions & { code?: WorkerErrorCode; spentMicroUsd?: number },
  ) {
    super(message, options);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
    this.code = options?.code ?? 'INTERNAL';
    this.spentMicroUsd = options?.spentMicroUsd ?? 0;
  }

  /** For `reject`: why the job was not taken, as a worker would have said it. */
  readonly code: WorkerErrorCode;
  /** What was spent on a GPU that is given up, in micro-dollars: the job gets another, or none. */
  readonly spentMicroUsd: number;
}

/** One thing an operator can put in order. `say` tells how it is, and where it is not, what to do. */
export interface Check {
  isFine: boolean;
  say: string;
}

/**
 * PORT: where a training runs. Adapters know vendors, not users: no database, no credits here.
 * Every request has its own timeout (at most 10 s, under half the attempt's lease) and every call
 * throws only `ProviderError`. `submit` may take several requests (the caller renews its lease) and
 * may be repeated after a crash: callers look for `job.name` with
 * `findByName` first, and the adapter never makes two jobs of one name where it can help it.
 *
 * Where it cannot (`lacksLookup`), `findByName` answers null, `list` nothing, and a repeated `submit`
 * makes a second job. Their worker names its run in every event: the first that is heard of is the
 * attempt's job, any other is told to cancel before it trains, and what the job has reported, signed,
 * is handed to `observe` (docs/decisions/017-job-claims.md).
 */
export interface GpuProvider {
  readonly id: string;
  /** Set where a job can neither be found by our name nor be listed. */
  readonly lacksLookup?: true;
  /**
   * Starts the job and returns the provider's own id for it. Repeated, it goes on where it was; it
   * throws `busy` while the provider is still making room for the job.
   */
  submit(job: JobInput): Promise<Pick<ProviderJob, 'externalJobId' | 'rent'>>;
  /** Our job of that name, or null when the provider has none. */
  findByName(name: string): Promise<ProviderJob | null>;
  /**
   * How the job is doing. `reported` is what its worker has said itself, null without a word of it:
   * not for who can be asked. A reported success is checked against our store like any other.
   */
  observe(externalJobId: string, reported?: Observation | null): Promise<Observation>;
  /** Asks it to stop. Already ended or unknown is fine. */
  cancel(externalJobId: string): Promise<void>;
  /** Every job of ours, ended or not, that the provider still holds: one look at all trainings. */
  list(): Promise<ListedJob[]>;
  /**
   * Removes the job and what it left behind at the provider. Already gone is fine. Throws `busy`
   * while something of it is still ending: it is gone when this returns, and not before. Where the
   * provider lets nobody remove its own record of a job, the job has at least ended.
   */
  release(externalJobId: string): Promise<void>;
  /** What a GPU second costs us in micro-dollars, as configured; never from code. A rent says its own. */
  price(): { microUsdPerSecond: number };
  /**
   * What it has billed for those jobs of ours since `from`, in micro-dollars, by the job's id here;
   * a job it has no bill of is left out. Missing where the provider bills nothing by the job.
   */
  billed?(externalJobIds: readonly string[], from: Date): Promise<Map<string, number>>;
  /**
   * Whether a training of one of those base models (of any, without) could start now, in words for the
   * operator. Starts and spends nothing.
   */
  check(baseModels?: readonly string[]): Promise<Check[]>;
}
