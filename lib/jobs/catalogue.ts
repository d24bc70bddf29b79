import { generateProfileSet } from '../characters/generate-profile-set.ts';
import type { Context } from '../context.ts';
import { autoStartTraining } from '../lora/auto-start-training.ts';
import { observeAttempt } from '../lora/observe-attempt.ts';
import { releaseAttempt } from '../lora/release-attempt.ts';
import { submitAttempt } from '../lora/submit-attempt.ts';
import type { JobName, JobPayload } from './queue.ts';

/** Which verb answers which bell. */
export const catalogue: {
  [N in JobName]: (ctx: Context, payload: JobPayload<N>) => Promise<void>;
} = {
  'lora.attempt.submit': submitAttempt,
  'lora.attempt.observe': observeAttempt,
  'lora.attempt.release': releaseAttempt,
  'lora.auto-start': autoStartTraining,
  'characters.generate-profile-set': generateProfileSet,
};
