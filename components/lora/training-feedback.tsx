'use client';

import { Check, X } from 'lucide-react';
import { useEffect, useId, useState } from 'react';
import type { FeedbackAnswer } from '@/lib/lora/rules/schemas';
import type { TrainingView } from '@/lib/lora/training-view';
import { IconButton } from '../ui/icon-button';
import { joinClasses } from '../ui/join-classes';
import type { Verb } from '../verbs/verb-result';

export type GiveFeedbackVerb = Verb<{ loraModelId: string; answer: FeedbackAnswer }>;

interface TrainingFeedbackProps {
  name: string;
  training: TrainingView;
  giveFeedback: GiveFeedbackVerb;
  /** Can be waved away; then it is not asked here again. */
  dismissible?: boolean;
  className?: string;
}

const answers: readonly { id: FeedbackAnswer; label: string }[] = [
  { id: 'better', label: 'Better' },
  { id: 'same', label: 'The same' },
  { id: 'worse', label: 'Worse' },
];

const dismissedKey = (loraModelId: string) => `likeness:feedback-dismissed:${loraModelId}`;

/** One question after a training, answered by one press, which can be changed. */
export function TrainingFeedback({
  name,
  training,
  giveFeedback,
  dismissible = false,
  className,
}: TrainingFeedbackProps) {
  const id = useId();
  const [given, setGiven] = useState(training.feedback);
  const [said, setSaid] = useState<'nothing' | 'thanks' | 'failed'>('nothing');
  const [dismissed, setDismissed] = useDismissed(training.id, dismissible);

  // Answered in another place of the page, or in another tab.
  const known = training.feedback;
  useEffect(() => setGiven(known), [known]);

  if (dismissed && given === null) return null;

  async function answer(wanted: FeedbackAnswer) {
    const before = given;
    setGiven(wanted);
    setSaid('nothing');
    const result = await giveFeedback({ loraModelId: training.id, answer: wanted }).catch(
      () => null,
    );
    // Of two presses the last one counts, whichever answer comes back first.
    setGiven((now) => (now === wanted && !result?.ok ? before : now));
    setSaid(result?.ok ? 'thanks' : 'failed');
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons that are pressed, not a form's fields
    <div
      role="group"
      aria-labelledby={id}
      className={joinClasses(
        'relative flex flex-wrap items-center gap-x-4 gap-y-2 rounded-control bg-ground py-2 pl-4',
        dismissible && given === null ? 'pr-2 sm:pr-14' : 'pr-2',
        className,
      )}
    >
      <p
        id={id}
        className={joinClasses('min-w-0', dismissible && given === null && 'max-sm:pr-12')}
      >
        Does <bdi>{name}</bdi> look more like <bdi>{name}</bdi> now?
      </p>
      <div className="flex flex-wrap items-center gap-2">
        {answers.map(({ id: value, label }) => (
          <button
            key={value}
            type="button"
            aria-pressed={given === value}
            onClick={() => answer(value)}
            className={joinClasses(
              'pressable inline-flex min-h-target items-center gap-1 rounded-control border px-3 font-medium',
              given === value
                ? 'border-accent bg-accent-soft text-accent'
                : 'border-control bg-surface text-ink hover:bg-well',
            )}
          >
            {given === value && <Check aria-hidden="true" className="size-4" />}
            {label}
          </button>
        ))}
        <p role="status" className="text-small text-ink-2">
          {said === 'thanks' && 'Thanks. You can change it.'}
          {said === 'failed' && 'Not saved. Try again.'}
        </p>
      </div>
      {dismissible && given === null && (
        <IconButton
          label="Don't ask about this model"
          className="absolute top-1 right-1"
          onClick={() => setDismissed()}
        >
          <X aria-hidden="true" />
        </IconButton>
      )}
    </div>
  );
}

/** Kept in this browser; the answer itself lies on the server. */
function useDismissed(loraModelId: string, dismissible: boolean): [boolean, () => void] {
  const [dismissed, setDismissed] = useState(false);
  useEffect(() => {
    if (!dismissible) return;
    try {
      setDismissed(localStorage.getItem(dismissedKey(loraModelId)) !== null);
    } catch {
      // A browser that keeps nothing asks again.
    }
  }, [loraModelId, dismissible]);
  return [
    dismissed,
    () => {
      setDismissed(true);
      try {
        localStorage.setItem(dismissedKey(loraModelId), '1');
      } catch {
        // As above.
      }
    },
  ];
}
