import { failureSentence } from '../../error-messages.ts';
import { formatCredits, formatTimeRange } from '../../format.ts';
import type { FailureReason } from '../../lora/rules/lifecycle.ts';
import { paths } from '../../paths.ts';

interface TrainingFacts {
  characterId: string;
  characterName: string;
}

/** What each type of notice needs to be worded (F4). */
export interface NoticeFacts {
  'lora.training.started': TrainingFacts & { fromSeconds: number; toSeconds: number };
  'lora.training.completed': TrainingFacts & { sandbox: boolean };
  'lora.training.failed': TrainingFacts & {
    reason: FailureReason;
    releasedCredits: number;
    freeRetry: boolean;
  };
  /** D11: the set is complete, but training did not start by itself. */
  'lora.training.not-started': TrainingFacts & {
    why: 'price' | 'credits' | 'images' | 'consent';
  };
}
export type NotificationType = keyof NoticeFacts;

type Wording<T extends NotificationType> = (facts: NoticeFacts[T]) => {
  title: string;
  body: string;
  href: string;
};

const notStarted = {
  price: 'The price changed since you agreed to it. Nothing was reserved.',
  credits: 'There are not enough credits for it. Nothing was reserved.',
  images: 'It needs at least 5 images. Nothing was reserved.',
  consent: 'It needs your word on who this is. Nothing was reserved.',
} as const;

const wording: { [T in NotificationType]: Wording<T> } = {
  'lora.training.started': ({ characterId, characterName, fromSeconds, toSeconds }) => ({
    title: 'LoRA training started',
    body: `Training ${characterName}’s model. This usually takes ${formatTimeRange(fromSeconds * 1_000, toSeconds * 1_000)}. We’ll notify you when it’s ready.`,
    href: paths.settings(characterId),
  }),
  'lora.training.completed': ({ characterId, characterName, sandbox }) => ({
    title: 'LoRA training complete',
    body: sandbox
      ? `${characterName}’s rehearsal on the sandbox GPU is done. Sandbox GPU: this adapter is empty.`
      : `${characterName}’s LoRA is ready. Generate images with >95% consistency.`,
    href: paths.studio(characterId),
  }),
  'lora.training.failed': ({ characterId, characterName, reason, releasedCredits, freeRetry }) => ({
    title: 'LoRA training failed',
    body: [
      `${characterName}: ${failureSentence[reason]}`,
      releasedCredits > 0 ? `${formatCredits(releasedCredits)} are back.` : '',
      freeRetry ? 'Retry for free in settings.' : 'See settings for what to do.',
    ]
      .filter(Boolean)
      .join(' '),
    href: paths.settings(characterId),
  }),
  'lora.training.not-started': ({ characterId, characterName, why }) => ({
    title: 'LoRA training has not started',
    body: `${characterName}’s profile set is complete, but training did not start. ${notStarted[why]}`,
    href: paths.settings(characterId),
  }),
};

/** Title, body and link of a notice. Names are the creator's own text: shown, never interpreted. */
export function wordNotice<T extends NotificationType>(
  type: T,
  facts: NoticeFacts[T],
): { title: string; body: string; href: string } {
  return wording[type](facts);
}
