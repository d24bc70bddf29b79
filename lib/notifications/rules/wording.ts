import { failureSentence } from '../../failure-messages.ts';
import {
  formatCount,
  formatCredits,
  formatDate,
  formatPercent,
  formatTimeRange,
  shortenMiddle,
} from '../../format.ts';
import type { FailureReason } from '../../lora/rules/lifecycle.ts';
import { paths } from '../../paths.ts';

interface TrainingFacts {
  characterId: string;
  characterName: string;
}

/** What each type of notice needs to be worded (F4). */
export interface NoticeFacts {
  'lora.training.started': TrainingFacts & {
    fromSeconds: number;
    toSeconds: number;
    reservedCredits: number;
  };
  /** D12: at half of a training, where the creator asked for it. */
  'lora.training.progress': TrainingFacts & { percent: number };
  'lora.training.completed': TrainingFacts & { sandbox: boolean; chargedCredits: number };
  'lora.training.failed': TrainingFacts & {
    reason: FailureReason;
    releasedCredits: number;
    freeRetry: boolean;
  };
  /** D11: the set is complete, but training did not start by itself. */
  'lora.training.not-started': TrainingFacts & {
    why: 'price' | 'credits' | 'images' | 'consent';
  };
  /** Q4: liked images that the model has yet to learn. */
  'lora.retrain.available': TrainingFacts & { count: number };
  /** D13: 14 days before an unused model goes. */
  'lora.model.expiring': TrainingFacts & { expiresAt: Date };
  /** D13: 3 days before. */
  'lora.model.expiring-soon': TrainingFacts & { expiresAt: Date };
  /** D13: its files are gone, the history stays. */
  'lora.model.expired': TrainingFacts;
}
export type NotificationType = keyof NoticeFacts;

/** A notice as it is stored and shown. */
export interface WordedNotice {
  /** Sentence case; names whose it is wherever that is not all it says. */
  title: string;
  /** At most 120 characters; one fact on money where money moved. */
  body: string;
  /** Where following it leads (F4). */
  href: string;
}

type Wording<T extends NotificationType> = (facts: NoticeFacts[T], name: string) => WordedNotice;

const longestBody = 120;

const notStarted = {
  price: 'The price changed since you agreed to it.',
  credits: 'There are not enough credits for it.',
  images: 'It needs at least 5 images.',
  consent: 'It needs your word on who this is.',
} as const;

const wording: { [T in NotificationType]: Wording<T> } = {
  'lora.training.started': (facts, name) => ({
    title: 'Training started',
    body: withName(name, (short) =>
      sentences(
        `Training ${short} usually takes ${formatTimeRange(facts.fromSeconds * 1_000, facts.toSeconds * 1_000)}.`,
        facts.reservedCredits > 0 && `${formatCredits(facts.reservedCredits)} are reserved.`,
        'We’ll notify you.',
      ),
    ),
    href: paths.settings(facts.characterId),
  }),
  'lora.training.progress': ({ characterId, percent }, name) => ({
    title: `${name}’s training is at ${formatPercent(percent / 100)}`,
    body: 'We’ll notify you when it’s ready.',
    href: paths.settings(characterId),
  }),
  'lora.training.completed': ({ characterId, sandbox, chargedCredits }, name) => ({
    title: `${name} is ready`,
    body: sentences(
      sandbox
        ? 'The rehearsal is done. Sandbox GPU: this adapter is empty.'
        : 'Generate images with >95% consistency.',
      chargedCredits > 0 && `${formatCredits(chargedCredits)} were charged.`,
    ),
    href: paths.studio(characterId),
  }),
  'lora.training.failed': ({ characterId, reason, releasedCredits, freeRetry }, name) => ({
    title: `${name}’s training failed`,
    body: sentences(
      failureSentence[reason],
      releasedCredits > 0 && `${formatCredits(releasedCredits)} are back.`,
      freeRetry ? 'Retry for free in settings.' : 'See settings for what to do.',
    ),
    href: paths.settings(characterId),
  }),
  'lora.training.not-started': ({ characterId, why }, name) => ({
    title: `${name}’s training has not started`,
    body: sentences('The profile set is complete.', notStarted[why], 'Nothing was reserved.'),
    href: paths.settings(characterId),
  }),
  'lora.retrain.available': ({ characterId, count }, name) => ({
    title: 'Improve your model',
    body: withName(
      name,
      (short) =>
        `You have ${formatCount(count, 'new liked image')} of ${short}. Retrain for better results.`,
    ),
    href: paths.settings(characterId),
  }),
  'lora.model.expiring': ({ characterId, expiresAt }, name) => ({
    title: `${name}’s model will be removed`,
    body: `Nobody has used it for a while. Use it before ${dateOf(expiresAt)} and it stays.`,
    href: paths.settings(characterId),
  }),
  'lora.model.expiring-soon': ({ characterId, expiresAt }, name) => ({
    title: `${name}’s model will be removed soon`,
    body: `It goes on ${dateOf(expiresAt)}. Use or download it before, and it is not lost.`,
    href: paths.settings(characterId),
  }),
  'lora.model.expired': ({ characterId }, name) => ({
    title: `${name}’s model was removed`,
    body: 'It was unused for too long. The history stays, and you can train again.',
    href: paths.settings(characterId),
  }),
};

/** Title, body and link of a notice. Names are the creator's own text: shown, never interpreted. */
export function wordNotice<T extends NotificationType>(
  type: T,
  facts: NoticeFacts[T],
): WordedNotice {
  return wording[type](facts, isolated(facts.characterName));
}

function sentences(...parts: (string | false)[]): string {
  return parts.filter(Boolean).join(' ');
}

/** A body that names somebody, with the middle of the name left out where it would get too long. */
function withName(name: string, body: (short: string) => string): string {
  const room = longestBody - [...body('')].length;
  const plain = name.replace(isolates, '');
  return body([...name].length <= room ? name : isolated(shortenMiddle(plain, room - 2)));
}

const isolates = /[\u2066-\u2069]/g;
const overrides = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/g;
const rightToLeft =
  /[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;

/**
 * A name that reads from the right, kept apart from the sentence around it. In plain text, in a
 * subject line and in a page's title there is no `<bdi>` to do it. Marks that turn the direction of
 * text, which a name needs nowhere, go.
 */
function isolated(name: string): string {
  const plain = name.replace(overrides, '');
  return rightToLeft.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/** With the year always: what is stored is read at any time. The day is UTC's. */
function dateOf(instant: Date): string {
  return formatDate(instant, { timeZone: 'UTC', now: new Date(0) });
}
