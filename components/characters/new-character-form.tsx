'use client';

import { useRouter } from 'next/navigation';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { LinkButton } from '../ui/link-button';
import { newRequestId } from '../verbs/new-request-id';
import { RefusalNotice } from '../verbs/refusal-notice';
import { useVerb } from '../verbs/use-verb';
import type { Verb } from '../verbs/verb-result';
import { CharacterFields, type CharacterText, wordProblems } from './character-fields';
import { forgetNewCharacter, keepNewCharacter, keptNewCharacter } from './kept-character';
import { StepHeading, stepHeadingId } from './step-heading';

interface NewCharacterFormProps {
  create: Verb<CharacterText & { requestId: string }, { characterId: string }>;
  cancelHref: string;
}

/** First step of the wizard: name and look of somebody new. What was typed survives everything. */
export function NewCharacterForm({ create, cancelHref }: NewCharacterFormProps) {
  const router = useRouter();
  const form = useRef<HTMLFormElement>(null);
  const [text, setText] = useState<CharacterText>({ name: '', look: '' });
  const [requestId, setRequestId] = useState('');
  const [strict, setStrict] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const { run, pending, refusal } = useVerb(create);

  useEffect(() => {
    // The browser came back to where somebody was made: that is now the first step of their wizard.
    const made = new URLSearchParams(window.location.search).get('made');
    if (made) {
      setLeaving(true);
      router.replace(paths.wizard(made, 'name'));
      return;
    }
    const kept = keptNewCharacter();
    const field = (name: string) =>
      form.current?.querySelector<HTMLInputElement>(`[name="${name}"]`)?.value ?? '';
    // Letters can be typed before the page has woken up.
    setText({
      name: field('name') || (kept?.name ?? ''),
      look: field('look') || (kept?.look ?? ''),
    });
    setRequestId(kept?.requestId ?? newRequestId());
  }, [router]);

  function change(next: CharacterText) {
    setText(next);
    keepNewCharacter({ ...next, requestId });
  }

  async function send(event: FormEvent) {
    event.preventDefault();
    setStrict(true);
    if (Object.keys(wordProblems(text)).length > 0) {
      // Once the fields say so.
      requestAnimationFrame(() => {
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
      });
      return;
    }
    const result = await run({ ...text, requestId });
    if (!result?.ok) return;
    setLeaving(true);
    forgetNewCharacter();
    const { characterId } = result.value;
    window.history.replaceState(null, '', paths.newInfluencer(characterId));
    router.push(paths.wizard(characterId, 'images'));
  }

  const inField = refusal?.code === 'INVALID_INPUT';
  return (
    <section
      aria-labelledby={stepHeadingId}
      className="rounded-panel border border-line bg-surface px-4 py-5 sm:px-6 sm:pb-6"
    >
      <StepHeading lead="The pictures come next.">Who is it going to be?</StepHeading>
      <form ref={form} onSubmit={send} noValidate className="flex max-w-reading flex-col gap-6">
        {refusal && !inField && <RefusalNotice refusal={refusal} />}
        <CharacterFields text={text} onChange={change} strict={strict} refusal={refusal} />
        <div className="flex flex-wrap items-center gap-3">
          <Button type="submit" variant="primary" pending={pending || leaving}>
            Create influencer
          </Button>
          <LinkButton href={cancelHref} variant="quiet">
            Cancel
          </LinkButton>
        </div>
      </form>
    </section>
  );
}
