import type { FailureReason } from './lora/rules/lifecycle.ts';

/** Why a training failed, in plain words (AC-7). */
export const failureSentence: Record<FailureReason, string> = {
  GPU_UNAVAILABLE: 'No GPU was free in time.',
  GPU_OUT_OF_MEMORY: 'The GPU ran out of memory.',
  TRAINING_UNSTABLE: 'The training became unstable and was stopped.',
  GPU_INTERRUPTED: 'The GPU was taken away in mid-training.',
  GPU_LOST: 'We lost contact with the GPU.',
  RESULT_BROKEN: 'The finished file was not a usable LoRA.',
  RESULT_NOT_STORED: 'The finished file could not be stored.',
  DEADLINE_PASSED: 'It was not done by its deadline.',
  NOT_LICENSED: 'The base model is not licensed on that GPU.',
  INTERNAL: 'Something went wrong on our side.',
  IMAGES_UNREADABLE: 'Some of the images could not be read by the trainer.',
};
