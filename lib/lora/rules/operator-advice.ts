import type { ProviderError } from '../../gpu/provider.ts';
import type { FailureReason } from './lifecycle.ts';

/** What an operator can do about a provider that did not do as it was asked. */
export const adviceByKind: Record<ProviderError['kind'], string> = {
  config: 'The settings are wrong, or the account needs attention: run `npm run gpu:check`.',
  retry: 'It may be away for a moment: it is asked again. Look at its status page if this goes on.',
  busy: 'It has no room now, or is still making some: it is asked again.',
  reject: 'It refuses what we ask: its version, or the recipe, may be another than we know.',
};

/** What an operator can do about a training that failed, or that had to be run again, for a reason. */
export const adviceByReason: Record<FailureReason, string> = {
  GPU_UNAVAILABLE:
    'Run `npm run gpu:check`; allow more kinds of GPU, or send the base model to another provider (GPU_ROUTES). Where workers report to us, see that they reach CALLBACK_URL: one that does not looks as if it waited.',
  GPU_OUT_OF_MEMORY: 'Give this base model a larger GPU (docs/gpu-providers.md has the sizes).',
  TRAINING_UNSTABLE:
    'Nothing, if it is one of many. If it is not, look at the base model’s recipe and at the pictures.',
  GPU_INTERRUPTED:
    'Look whether the account still has money, and whether the machine ran out of memory of its own; choose GPUs that are not taken away.',
  GPU_LOST:
    'See that the GPU’s side runs, that workers reach CALLBACK_URL from outside, and what the provider’s own log says.',
  RESULT_BROKEN:
    'The version of the trainer may be another than we know: compare it with docs/gpu-providers.md.',
  RESULT_NOT_STORED:
    'Look at the store: its space, its keys, and whether the GPU’s side reaches it.',
  DEADLINE_PASSED:
    'A slow or missing provider, or too little time: run `npm run gpu:check`, look at TRAINING_DEADLINE_MINUTES and at the provider’s own limit.',
  NOT_LICENSED: 'Set FLUX_LICENSE_REFERENCE, or do not offer that base model.',
  INTERNAL:
    'Read what the provider said. No space left: a larger disk. A missing model: the Hugging Face token. Else the trainer’s own log.',
  IMAGES_UNREADABLE:
    'Nothing: the creator is told. If it comes often, see that the store hands out whole files.',
};
