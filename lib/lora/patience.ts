import { env } from '../env.ts';
import { type Patience, patienceWithGpu, patienceWithSandbox } from './rules/patience.ts';

/** The patience this installation has with a provider. */
export function patienceWith(provider: string): Patience {
  return provider === 'sandbox'
    ? patienceWithSandbox(env().SANDBOX_TRAINING_SECONDS)
    : patienceWithGpu(env().TRAINING_DEADLINE_MINUTES);
}
