import { setTimeout as wait } from 'node:timers/promises';
import { eventReplySchema, type JobInput, type WorkerEvent } from '../gpu/protocol.ts';
import { signEvent } from '../gpu/signature.ts';
import { type CallbackFault, chance, draw, type FaultRates } from './fault-plan.ts';

/** How many deliveries of a kind were tried, and how many the application took with a 2xx. */
export type DeliveryCounts = Record<
  'sound' | 'forged' | 'oversized' | 'skewed',
  { sent: number; taken: number }
>;

export interface CallbackOptions {
  input: JobInput;
  seed: number;
  rates: () => FaultRates['callback'];
  counts: DeliveryCounts;
  /** Where the application is reached, one of several; plays the load balancer. */
  reach: (url: string) => string;
  onCancel(): void;
}

const tries = 6;
const timeoutMs = 5_000;
/** The application takes 64 kB at most. */
const oversizedBytes = 70_000;
const skewMs = 10 * 60_000;

/** Sends a job's events the way `rates` say: lost, doubled, late, out of order, forged, too long. */
export class FaultCallbacks {
  private seq = 0;
  private overtaken: (() => Promise<void>) | null = null;
  private readonly options: CallbackOptions;

  constructor(options: CallbackOptions) {
    this.options = options;
  }

  /** Resolves when the event has been taken or given up; never rejects. */
  async emit(fields: EventFields): Promise<void> {
    const { input, seed } = this.options;
    this.seq += 1;
    const event = {
      protocolVersion: 1,
      trainingId: input.trainingId,
      attemptId: input.attemptId,
      seq: this.seq,
      at: new Date().toISOString(),
      ...fields,
    } as WorkerEvent;
    const roll = chance(seed, 'callback', input.name, this.seq);
    const fault = draw(this.options.rates(), roll);
    const before = this.overtaken;
    this.overtaken = null;
    if (fault === 'overtaken') {
      this.overtaken = () => this.deliver(event, null);
      void wait(1_000).then(() => this.sendOvertaken());
    } else await this.deliver(event, fault);
    await before?.();
  }

  private async sendOvertaken(): Promise<void> {
    const late = this.overtaken;
    this.overtaken = null;
    await late?.();
  }

  private async deliver(event: WorkerEvent, fault: CallbackFault | null): Promise<void> {
    const { secret } = this.options.input.callback;
    const body = JSON.stringify(event);
    const send = () => this.untilTaken(event, body);
    switch (fault) {
      case 'lost':
        return;
      case 'skewed': {
        const skew = event.seq % 2 ? skewMs : -skewMs;
        await this.post('skewed', event, body, secret, new Date(Date.now() + skew));
        return;
      }
      case 'doubled':
        await Promise.all([send(), send()]);
        return;
      case 'late':
        await wait(1_000 + (event.seq % 3) * 500);
        return send();
      case 'forged': {
        const forged = JSON.stringify({
          ...event,
          type: 'cancelled',
          gpuSeconds: 0,
          seq: event.seq + 500,
        });
        const wrong = `whsec_${Buffer.alloc(32, event.seq).toString('base64')}`;
        await this.post('forged', { ...event, seq: event.seq + 500 }, forged, wrong, new Date());
        return send();
      }
      case 'oversized':
        await this.post('oversized', event, body.padEnd(oversizedBytes, ' '), secret, new Date());
        return send();
      default:
        return send();
    }
  }

  private async untilTaken(event: WorkerEvent, body: string): Promise<void> {
    const { secret } = this.options.input.callback;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await wait(200 * 2 ** attempt);
      const status = await this.post('sound', event, body, secret, new Date());
      const isTheirTrouble = status === null || status >= 500 || status === 408 || status === 429;
      if (!isTheirTrouble) return;
    }
  }

  /** The status, or null when nobody answered. */
  private async post(
    kind: keyof DeliveryCounts,
    event: WorkerEvent,
    body: string,
    secret: string,
    at: Date,
  ): Promise<number | null> {
    const { input, counts, reach, onCancel } = this.options;
    counts[kind].sent += 1;
    try {
      const response = await fetch(reach(input.callback.eventsUrl), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...signEvent(secret, `evt_${event.attemptId}_${event.seq}`, at, body),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.ok) {
        counts[kind].taken += 1;
        const reply = eventReplySchema.safeParse(JSON.parse(text));
        if (reply.success && reply.data.action === 'cancel') onCancel();
      }
      return response.status;
    } catch {
      return null;
    }
  }
}

type EventFields = WorkerEvent extends infer Event
  ? Event extends WorkerEvent
    ? Omit<Event, 'protocolVersion' | 'trainingId' | 'attemptId' | 'seq' | 'at'>
    : never
  : never;
