/** D7. The database's trigger `training_status_moves_forward` enforces the same table. */
export const trainingStatuses = ['pending', 'training', 'ready', 'failed', 'cancelled'] as const;
export type TrainingStatus = (typeof trainingStatuses)[number];

const next: Record<TrainingStatus, readonly TrainingStatus[]> = {
  pending: ['training', 'failed', 'cancelled'],
  training: ['ready', 'failed', 'cancelled'],
  ready: [],
  failed: [],
  cancelled: [],
};

export const openStatuses = ['pending', 'training'] as const satisfies TrainingStatus[];

export function canMove(from: TrainingStatus, to: TrainingStatus): boolean {
  return next[from].includes(to);
}

/** An end never changes again. */
export function hasEnded(status: TrainingStatus): boolean {
  return next[status].length === 0;
}

/**
 * Why a training failed, closed. `ours`: the credits come back and the next try is free (D8);
 * `input`: the creator's images caused it, the credits come back.
 */
export const failureReasons = {
  GPU_UNAVAILABLE: 'ours',
  GPU_OUT_OF_MEMORY: 'ours',
  TRAINING_UNSTABLE: 'ours',
  GPU_INTERRUPTED: 'ours',
  GPU_LOST: 'ours',
  RESULT_BROKEN: 'ours',
  RESULT_NOT_STORED: 'ours',
  DEADLINE_PASSED: 'ours',
  NOT_LICENSED: 'ours',
  INTERNAL: 'ours',
  IMAGES_UNREADABLE: 'input',
} as const;
export type FailureReason = keyof typeof failureReasons;

/** D8: whose failure it was decides whether the next try is free. */
export function failureIsOurs(reason: FailureReason): boolean {
  return failureReasons[reason] === 'ours';
}

/** D8: at most 3 free retries follow one another. */
export const maxRetryChain = 3;
export const freeRetryDays = 30;
