import type { WorkerErrorCode } from '../../gpu/protocol.ts';
import type { FailureReason } from './lifecycle.ts';

/** Why a training failed, by why its worker gave up or was refused. */
export const reasonByWorkerCode = {
  BAD_IMAGE: 'IMAGES_UNREADABLE',
  TOO_FEW_IMAGES: 'IMAGES_UNREADABLE',
  OOM: 'GPU_OUT_OF_MEMORY',
  NAN_LOSS: 'TRAINING_UNSTABLE',
  PREEMPTED: 'GPU_INTERRUPTED',
  UPLOAD_FAILED: 'RESULT_NOT_STORED',
  DEADLINE: 'DEADLINE_PASSED',
  LICENSE_DISABLED: 'NOT_LICENSED',
  NO_CAPACITY: 'GPU_UNAVAILABLE',
  INTERNAL: 'INTERNAL',
} as const satisfies Record<WorkerErrorCode, FailureReason>;
