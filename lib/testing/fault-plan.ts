import { createHash } from 'node:crypto';

/**
 * What goes wrong outside, drawn from a seed: the same seed and the same words are the same fault,
 * in whatever order things happen.
 */

/** How a request to the GPU host goes wrong; `after` means that its effect has happened. */
export const requestFaults = [
  'refuse',
  'hang',
  'drop-after',
  'forbidden',
  'invalid',
  'limited',
  'no-capacity',
  'error',
  'error-after',
  'html',
  'truncated',
  'unknown-status',
  'slow',
] as const;
export type RequestFault = (typeof requestFaults)[number];

export type Route = 'submit' | 'observe' | 'list' | 'cancel' | 'release';

/** What becomes of a job. */
export const fates = [
  'done',
  /** Preempted; another run may succeed. */
  'interrupted',
  'out-of-memory',
  /** Succeeds with a file that is no adapter. */
  'broken-file',
  /** Succeeds with a file it never stored. */
  'missing-file',
  /** Is forgotten as soon as it has ended. */
  'expired',
  /** Says that it failed, and a moment later that it succeeded after all. */
  'turncoat',
  /** Stops making steps and runs on. */
  'stuck',
  /** Is cancelled by the host itself. */
  'withdrawn',
  /** Sends no event. */
  'mute',
] as const;
export type Fate = (typeof fates)[number];

/** What becomes of an event on its way. */
export const callbackFaults = [
  'lost',
  'doubled',
  'late',
  'overtaken',
  'forged',
  'oversized',
  'skewed',
] as const;
export type CallbackFault = (typeof callbackFaults)[number];

export type StoreFault = 'error-before' | 'error-after' | 'truncated';

export interface FaultRates {
  request: Partial<Record<Route, Partial<Record<RequestFault, number>>>>;
  fate: Partial<Record<Fate, number>>;
  callback: Partial<Record<CallbackFault, number>>;
  /** How long a new job stays out of the list. */
  listLagMs: number;
  store: Partial<Record<StoreFault, number>>;
}

export const calm: FaultRates = { request: {}, fate: {}, callback: {}, listLagMs: 0, store: {} };

const anyRequest = {
  refuse: 0.02,
  hang: 0.005,
  'drop-after': 0.03,
  // These two tell every worker at once to leave the host alone for a while.
  forbidden: 0.0005,
  limited: 0.001,
  error: 0.02,
  'error-after': 0.02,
  html: 0.01,
  truncated: 0.02,
  'unknown-status': 0.01,
  slow: 0.01,
} as const;

export const storm: FaultRates = {
  request: {
    submit: { ...anyRequest, 'drop-after': 0.06, 'no-capacity': 0.03, invalid: 0.005 },
    observe: anyRequest,
    list: anyRequest,
    cancel: anyRequest,
    release: anyRequest,
  },
  fate: {
    interrupted: 0.04,
    'out-of-memory': 0.03,
    'broken-file': 0.01,
    'missing-file': 0.01,
    expired: 0.02,
    turncoat: 0.03,
    stuck: 0.005,
    withdrawn: 0.01,
    mute: 0.05,
  },
  callback: {
    lost: 0.08,
    doubled: 0.08,
    late: 0.04,
    overtaken: 0.04,
    forged: 0.04,
    oversized: 0.01,
    skewed: 0.03,
  },
  listLagMs: 300,
  store: { 'error-before': 0.02, 'error-after': 0.03, truncated: 0.01 },
};

/** A number from 0 to 1 that depends on nothing but `words`. */
export function chance(...words: (string | number)[]): number {
  return createHash('sha256').update(words.join(' ')).digest().readUInt32BE(0) / 2 ** 32;
}

/** Which of `rates` a `roll` from 0 to 1 hits; null for none. */
export function draw<Name extends string>(
  rates: Partial<Record<Name, number>>,
  roll: number,
): Name | null {
  let reached = 0;
  for (const name of Object.keys(rates) as Name[]) {
    reached += rates[name] ?? 0;
    if (roll < reached) return name;
  }
  return null;
}
