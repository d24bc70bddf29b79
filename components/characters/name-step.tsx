'use client';

import { useRouter } from 'next/navigation';
import { useCallback, useEffect, useRef, useState } from 'react';
import { SaveStateText } from '../lora/save-state';
import type { SaveState } from '../lora/use-training-choice';
import { Button } from '../ui/button';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { CharacterFields, type CharacterText, wordProblems } from './character-fields';
import { StepHeading, stepHeadingId } from './step-heading';

interface NameStepProps {
  characterId: string;
  name: string;
  look: string;
  saveCharacter: Verb<CharacterText & { characterId: string }>;
  nextHref: string;
}

const restMs = 600;

/** First step of the wizard, come back to: name and look, kept on the server as they are typed. */
export function NameStep({ characterId, name, look, saveCharacter, nextHref }: NameStepProps) {
  const router = useRouter();
  const [text, setText] = useState<CharacterText>({ name, look });
  const [saveState, setSaveState] = useState<SaveState>('idle');
  const [going, setGoing] = useState(false);
  const { run, refusal } = useVerb(saveCharacter);
  const latest = useRef(text);
  const saved = useRef(text);
  const saving = useRef<Promise<boolean> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const saveOnce = useCallback(async (): Promise<boolean> => {
    for (;;) {
      const wanted = latest.current;
      if (wanted === saved.current) return true;
      if (Object.keys(wordProblems(wanted)).length > 0) return false;
      setSaveState('saving');
      const result = await run({ characterId, ...wanted });
      if (!result?.ok) {
        setSaveState('failed');
        return false;
      }
      saved.current = wanted;
      if (latest.current === wanted) setSaveState('saved');
    }
  }, [characterId, run]);

  /** Keeps what is typed now; false when it could not be kept. */
  const save = useCallback((): Promise<boolean> => {
    clearTimeout(timer.current);
    saving.current ??= saveOnce().finally(() => {
      saving.current = null;
    });
    return saving.current;
  }, [saveOnce]);

  useEffect(() => () => void save(), [save]);

  function change(next: CharacterText) {
    latest.current = next;
    setText(next);
    setSaveState('idle');
    clearTimeout(timer.current);
    timer.current = setTimeout(save, restMs);
  }

  async function goOn() {
    setGoing(true);
    if (await save()) {
      router.push(nextHref);
      // The name stands in places that were read before.
      router.refresh();
      return;
    }
    setGoing(false);
    document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  return (
    <section
      aria-labelledby={stepHeadingId}
      className="rounded-panel border border-line bg-surface px-4 py-5 sm:px-6 sm:pb-6"
    >
      <StepHeading aside={<SaveStateText state={saveState} onRetry={save} />}>
        Who is it going to be?
      </StepHeading>
      <div className="flex max-w-reading flex-col gap-6">
        {refusal && refusal.code !== 'INVALID_INPUT' && <RefusalNotice refusal={refusal} />}
        <CharacterFields text={text} onChange={change} strict refusal={refusal} />
        <div>
          <Button variant="primary" pending={going} onClick={goOn}>
            Continue to the profile set
          </Button>
        </div>
      </div>
    </section>
  );
}
