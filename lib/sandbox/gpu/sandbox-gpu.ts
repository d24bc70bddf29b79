import { randomUUID } from 'node:crypto';
import type { JobInput } from '../../gpu/protocol.ts';
import { JobStore } from './job-store.ts';
import { SandboxJob } from './sandbox-job.ts';
import type { TrainingSettings } from './simulate-training.ts';

export interface SandboxGpuSettings extends TrainingSettings {
  /** Where the jobs are kept between starts. */
  directory: string;
  /** Trainings at once; the others wait their turn. */
  slots: number;
}

/** The GPU host without its HTTP door: jobs in, at most `slots` of them training. */
export class SandboxGpu {
  private readonly store: JobStore;
  private readonly jobs = new Map<string, SandboxJob>();
  private readonly training = new Set<SandboxJob>();
  private started = false;
  private readonly settings: SandboxGpuSettings;

  constructor(settings: SandboxGpuSettings) {
    this.settings = settings;
    this.store = new JobStore(settings.directory);
  }

  /** Takes up every job that a process before this one left. */
  start(): void {
    for (const record of this.store.load())
      this.jobs.set(record.id, new SandboxJob(record, this.store));
    this.started = true;
    this.fillSlots();
  }

  /** The job of that name, made now unless there is one; null when there is no capacity. */
  submit(input: JobInput): { job: SandboxJob; isNew: boolean } | null {
    const known = this.list(input.name)[0];
    if (known) return { job: known, isNew: false };
    if (input.rehearsal === 'no-capacity') return null;
    const job = new SandboxJob(
      {
        id: `sandbox-${randomUUID()}`,
        name: input.name,
        state: 'queued',
        createdAt: new Date().toISOString(),
        progress: {
          phase: 'preparing',
          step: 0,
          totalSteps: input.recipe.steps,
          loss: null,
          secondsPerStep: null,
          gpuSeconds: 0,
        },
        files: [],
        error: null,
        input,
        seq: 0,
        startedAt: null,
        undeliveredEnd: null,
      },
      this.store,
    );
    this.store.save(job.record);
    this.jobs.set(job.record.id, job);
    this.fillSlots();
    return { job, isNew: true };
  }

  get(id: string): SandboxJob | null {
    return this.jobs.get(id) ?? null;
  }

  /** Oldest first. */
  list(name?: string): SandboxJob[] {
    return [...this.jobs.values()].filter((job) => name === undefined || job.record.name === name);
  }

  release(job: SandboxJob): void {
    job.discard();
    this.jobs.delete(job.record.id);
  }

  /** Stops everything; the records stay and are taken up at the next start. */
  stop(): void {
    this.started = false;
    for (const job of this.jobs.values()) job.stop();
  }

  private fillSlots(): void {
    // Those that were training when the process before died come first.
    const waiting = this.list()
      .filter((job) => job.isOpen && !this.training.has(job))
      .sort((a, b) => Number(b.record.startedAt !== null) - Number(a.record.startedAt !== null));
    while (this.started && this.training.size < this.settings.slots) {
      const job = waiting.shift();
      if (!job) return;
      this.training.add(job);
      void job.run(this.settings).finally(() => {
        this.training.delete(job);
        this.fillSlots();
      });
    }
  }
}
