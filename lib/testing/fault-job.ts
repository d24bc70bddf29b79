import { setTimeout as wait } from 'node:timers/promises';
import {
  type HostJob,
  type JobInput,
  protocolVersion,
  uploadGrantSchema,
  type WorkerErrorCode,
} from '../gpu/protocol.ts';
import { signEvent } from '../gpu/signature.ts';
import { baseModels } from '../lora/rules/base-models.ts';
import type { FaultCallbacks } from './fault-callbacks.ts';
import { chance, type Fate } from './fault-plan.ts';
import { sha256Of, tinyAdapter } from './tiny-adapter.ts';

type File = HostJob['files'][number];

export interface FaultJobOptions {
  id: string;
  input: JobInput;
  fate: Fate;
  seed: number;
  /** How long it runs. */
  paceMs: number;
  callbacks: FaultCallbacks;
  /** Where the application is reached, one of several. */
  reach: (url: string) => string;
  onBadImage(imageId: string): void;
}

const uploadTries = 12;

/** One job of the fault-injecting host: runs for a moment and comes to what its fate says. */
export class FaultJob {
  readonly createdAt = new Date();
  state: HostJob['state'] = 'queued';
  gpuSeconds = 0;
  cancels = 0;
  released = false;
  /** The adapter it really stored. */
  stored: File | null = null;
  /** Somebody was told that it succeeded, in an answer that was sent whole. */
  toldSucceeded = false;
  private files: File[] = [];
  private error: HostJob['error'] = null;
  private step = 0;
  private startedAtMs: number | null = null;
  readonly options: FaultJobOptions;

  constructor(options: FaultJobOptions) {
    this.options = options;
  }

  get ended(): boolean {
    return this.state !== 'queued' && this.state !== 'running';
  }

  view(): HostJob {
    const { id, input } = this.options;
    return {
      id,
      name: input.name,
      state: this.state,
      createdAt: this.createdAt.toISOString(),
      progress: {
        phase: this.state === 'queued' ? 'preparing' : 'training',
        step: this.step,
        totalSteps: input.recipe.steps,
        loss: 0.3,
        secondsPerStep: 0.01,
        gpuSeconds: this.spentSeconds(),
      },
      files: this.files,
      error: this.error,
    };
  }

  /** After the first who heard that it failed, a turncoat has succeeded. */
  seen(): void {
    if (this.options.fate !== 'turncoat' || this.state !== 'failed' || !this.stored) return;
    this.state = 'succeeded';
    this.error = null;
  }

  cancel(): void {
    this.cancels += 1;
    if (this.ended) return;
    this.end('cancelled');
    void this.tell({ type: 'cancelled', gpuSeconds: this.gpuSeconds });
  }

  release(): void {
    this.released = true;
    if (!this.ended) this.end('cancelled');
  }

  /** Runs to the end; never rejects. */
  async run(): Promise<void> {
    const { fate, input, paceMs } = this.options;
    const { steps } = input.recipe;
    await this.checkImages();
    await wait(paceMs * 0.2);
    if (this.ended) return;
    this.state = 'running';
    this.startedAtMs = Date.now();
    void this.tell({ type: 'accepted', gpu: 'Fault' });
    await wait(paceMs * 0.4);
    if (this.ended) return;
    this.step = Math.floor(steps / 2);
    const { progress } = this.view();
    void this.tell({ type: 'progress', ...progress });
    if (fate === 'stuck') return;
    await wait(paceMs * 0.4);
    if (this.ended) return;
    await this.comeToItsFate();
  }

  private async comeToItsFate(): Promise<void> {
    const { fate, input } = this.options;
    if (fate === 'interrupted') return this.fail('PREEMPTED', true);
    if (fate === 'out-of-memory') return this.fail('OOM', false);
    if (fate === 'withdrawn') {
      this.end('cancelled');
      return this.tell({ type: 'cancelled', gpuSeconds: this.gpuSeconds });
    }
    this.step = input.recipe.steps;
    const { keyPrefix, rank } = baseModels[input.baseModel];
    const bytes =
      fate === 'broken-file'
        ? Buffer.from(`<html>${input.name}</html>`)
        : tinyAdapter(keyPrefix, rank, this.options.id);
    const file =
      fate === 'missing-file'
        ? fileOf(`attempts/${input.attemptId}/main-${sha256Of(bytes)}.safetensors`, bytes)
        : await this.upload(bytes);
    if (this.ended) return;
    if (file === 'gone') return this.fail('UPLOAD_FAILED', false);
    if (file === null) return this.fail('UPLOAD_FAILED', true);
    this.files = [file];
    if (fate !== 'missing-file' && fate !== 'broken-file') this.stored = file;
    if (fate === 'turncoat') return this.fail('INTERNAL', false);
    this.end('succeeded');
    await this.tell({ type: 'succeeded', files: [file], gpuSeconds: this.gpuSeconds });
  }

  private async fail(code: WorkerErrorCode, retryable: boolean): Promise<void> {
    this.error = { code, retryable, message: `${this.options.fate}, as planned` };
    this.end('failed');
    await this.tell({ type: 'failed', error: this.error, gpuSeconds: this.gpuSeconds });
  }

  private end(state: HostJob['state']): void {
    this.gpuSeconds = this.spentSeconds();
    this.state = state;
  }

  private spentSeconds(): number {
    if (this.ended || this.startedAtMs === null) return this.gpuSeconds;
    return (Date.now() - this.startedAtMs) / 1_000;
  }

  private async tell(event: Parameters<FaultCallbacks['emit']>[0]): Promise<void> {
    if (this.options.fate !== 'mute') await this.options.callbacks.emit(event);
  }

  /** Some jobs look at their pictures. One that cannot be had now is not a wrong one. */
  private async checkImages(): Promise<void> {
    const { input, seed, onBadImage } = this.options;
    if (chance(seed, 'images', input.name) > 0.1) return;
    for (const { id, url, sha256 } of input.images) {
      const bytes = await fetch(url)
        .then(async (response) => (response.ok ? Buffer.from(await response.arrayBuffer()) : null))
        .catch(() => null);
      if (bytes && sha256Of(bytes) !== sha256) onBadImage(id);
    }
  }

  /** Asks for a place and puts the file there, again until it is taken; null when it never is. */
  private async upload(bytes: Buffer): Promise<File | 'gone' | null> {
    const { input, reach } = this.options;
    const sha256 = sha256Of(bytes);
    const body = JSON.stringify({
      protocolVersion,
      trainingId: input.trainingId,
      attemptId: input.attemptId,
      role: 'main',
      bytes: bytes.length,
      sha256,
    });
    for (let attempt = 0; attempt < uploadTries && !this.ended; attempt += 1) {
      if (attempt > 0) await wait(Math.min(2_000, 100 * 2 ** attempt));
      try {
        const id = `upl_${input.attemptId}_${attempt}`;
        const asked = await fetch(reach(input.callback.uploadUrl), {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            ...signEvent(input.callback.secret, id, new Date(), body),
          },
          body,
          signal: AbortSignal.timeout(5_000),
        });
        if (asked.status === 410) return 'gone';
        if (!asked.ok) continue;
        const grant = uploadGrantSchema.parse(await asked.json());
        const put = await fetch(grant.url, {
          method: 'PUT',
          headers: grant.headers,
          body: new Uint8Array(bytes),
          signal: AbortSignal.timeout(5_000),
        });
        await put.arrayBuffer();
        if (put.ok) return fileOf(grant.key, bytes);
      } catch {
        // Nobody answered, or half: it is asked for again.
      }
    }
    return null;
  }
}

function fileOf(key: string, bytes: Buffer): File {
  return { role: 'main', key, bytes: bytes.length, sha256: sha256Of(bytes) };
}
