import { setTimeout as delay } from 'node:timers/promises';
import { eventReplySchema, type WorkerEvent } from '../../gpu/protocol.ts';
import { signEvent } from '../../gpu/signature.ts';

const timeoutMs = 5_000;
const longestPauseMs = 30_000;
/** An end is offered this long, then the app has to find out by asking. */
const endRetriedForMs = 60 * 60 * 1000;
const maxQueued = 100;

export interface DeliveryOptions {
  eventsUrl: string;
  secret: string;
  /** Rehearsal: every event twice and out of order. */
  tangled: boolean;
  onCancel(): void;
  /** The event that ended the job has been taken. */
  onEndTaken(): void;
  signal: AbortSignal;
}

interface Delivery {
  event: WorkerEvent;
  isEnd: boolean;
  /** A newer one says all that this one says. */
  isReplaceable: boolean;
}

/**
 * Posts one job's events, one at a time, beside the training: nothing that happens here stops it.
 * Progress that cannot be delivered gives way to newer progress; the end is retried for an hour.
 */
export class EventDelivery {
  private readonly queue: Delivery[] = [];
  private heldBack: WorkerEvent | null = null;
  private last: WorkerEvent | null = null;
  private running = false;
  private gone = false;
  private readonly options: DeliveryOptions;

  constructor(options: DeliveryOptions) {
    this.options = options;
  }

  push(event: WorkerEvent): void {
    for (const next of this.options.tangled ? this.tangle(event) : [event]) this.enqueue(next);
    if (!this.running) void this.run();
  }

  /** Pairs go out as 2 1 2 1; an end overtakes the event before it and comes once more after it. */
  private tangle(event: WorkerEvent): WorkerEvent[] {
    const before = this.heldBack ?? this.last;
    const mustGo = isEnd(event) || this.heldBack !== null;
    this.last = event;
    if (!mustGo) {
      this.heldBack = event;
      return [];
    }
    this.heldBack = null;
    return before ? [event, before, event, before] : [event, event];
  }

  private enqueue(event: WorkerEvent): void {
    const isReplaceable = event.type === 'progress' || event.type === 'heartbeat';
    this.queue.push({ event, isEnd: isEnd(event), isReplaceable });
    if (this.queue.length > maxQueued) {
      const oldest = this.queue.findIndex((delivery) => delivery.isReplaceable);
      this.queue.splice(Math.max(0, oldest), 1);
    }
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      while (this.queue.length > 0 && !this.gone) {
        const delivery = this.queue.shift();
        if (!delivery) break;
        const taken = await this.deliver(delivery);
        if (taken && delivery.isEnd) this.options.onEndTaken();
      }
    } catch (error) {
      if (!this.options.signal.aborted) throw error;
    } finally {
      this.running = false;
    }
  }

  /** Tries until taken, refused for good, or not worth it any more. Throws only when stopped. */
  private async deliver(delivery: Delivery): Promise<boolean> {
    const begun = Date.now();
    for (let attempt = 0; ; attempt++) {
      this.options.signal.throwIfAborted();
      const outcome = await this.post(delivery.event);
      if (outcome.kind === 'taken') return true;
      if (outcome.kind === 'gone') {
        this.gone = true;
        return false;
      }
      if (delivery.isEnd) {
        if (Date.now() - begun > endRetriedForMs) return false;
      } else if (outcome.kind === 'refused' || attempt >= 5 || this.isOvertaken(delivery)) {
        return false;
      }
      const backoffMs = Math.min(longestPauseMs, 250 * 2 ** attempt) * (0.5 + Math.random() / 2);
      await delay(Math.max(backoffMs, outcome.retryAfterMs), undefined, {
        signal: this.options.signal,
      });
    }
  }

  private isOvertaken(delivery: Delivery): boolean {
    return (
      this.queue.some((other) => other.isEnd) || (delivery.isReplaceable && this.queue.length > 0)
    );
  }

  private async post(
    event: WorkerEvent,
  ): Promise<{ kind: 'taken' | 'gone' | 'refused' | 'failed'; retryAfterMs: number }> {
    const body = JSON.stringify(event);
    // The same id each time: how the app knows a repeated delivery.
    const deliveryId = `evt_${event.attemptId}_${event.seq}`;
    try {
      const response = await fetch(this.options.eventsUrl, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...signEvent(this.options.secret, deliveryId, new Date(), body),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([this.options.signal, AbortSignal.timeout(timeoutMs)]),
      });
      const text = await response.text();
      if (response.ok) {
        if (replyAsksToCancel(text)) this.options.onCancel();
        return { kind: 'taken', retryAfterMs: 0 };
      }
      if (response.status === 410) return { kind: 'gone', retryAfterMs: 0 };
      const seconds = Number(response.headers.get('retry-after'));
      const retryAfterMs = seconds > 0 ? Math.min(seconds * 1000, 60_000) : 0;
      const isTheirTrouble = response.status >= 500 || [408, 429].includes(response.status);
      return { kind: isTheirTrouble ? 'failed' : 'refused', retryAfterMs };
    } catch {
      return { kind: 'failed', retryAfterMs: 0 };
    }
  }
}

function isEnd({ type }: WorkerEvent): boolean {
  return type === 'succeeded' || type === 'failed' || type === 'cancelled';
}

function replyAsksToCancel(text: string): boolean {
  try {
    const reply = eventReplySchema.safeParse(JSON.parse(text));
    return reply.success && reply.data.action === 'cancel';
  } catch {
    return false;
  }
}
