import { generateProfileSet } from '../characters/generate-profile-set.ts';
import type { Context } from '../context.ts';
import { checkPurchase } from '../credits/check-purchase.ts';
import { advanceDeletion } from '../deletions/advance-deletion.ts';
import { autoStartTraining } from '../lora/auto-start-training.ts';
import { observeAttempt } from '../lora/observe-attempt.ts';
import { releaseAttempt } from '../lora/release-attempt.ts';
import { submitAttempt } from '../lora/submit-attempt.ts';
import { suggestRetrain } from '../lora/suggest-retrain.ts';
import { sendEmail } from '../notifications/send-email.ts';
import { generateImage } from '../studio/generate-image.ts';
import type { JobName, JobPayload } from './queue.ts';

/** Which verb answers which bell. */
export const catalogue: {
  [N in JobName]: (ctx: Context, payload: JobPayload<N>) => Promise<void>;
} = {
  'lora.attempt.submit': submitAttempt,
  'lora.attempt.observe': observeAttempt,
  'lora.attempt.release': releaseAttempt,
  'lora.auto-start': autoStartTraining,
  'lora.suggest-retrain': suggestRetrain,
  'characters.generate-profile-set': generateProfileSet,
  'credits.purchase.check': async (ctx, payload) => {
    await checkPurchase(ctx, payload);
  },
  'deletions.advance': advanceDeletion,
  'notifications.send-email': sendEmail,
  'studio.generate-image': generateImage,
};
