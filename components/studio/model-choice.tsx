'use client';

import { Ban, Check, Clock, Layers, Lock } from 'lucide-react';
import { type KeyboardEvent, useState } from 'react';
import { formatPercent } from '@/lib/format';
import type { ImageModelId } from '@/lib/lora/rules/base-models';
import { paths } from '@/lib/paths';
import type { StudioModel, StudioView } from '@/lib/studio/get-studio';
import { Badge } from '../ui/badge';
import { joinClasses } from '../ui/join-classes';
import { Link } from '../ui/link';

interface ModelChoiceProps {
  character: StudioView['character'];
  models: readonly StudioModel[];
  value: ImageModelId;
  onChange: (id: ImageModelId) => void;
}

/** Q6, word for word, and its opposite. */
const supportsLora = 'This model supports character LoRA for >95% consistency';
const noLora = 'This model cannot use a character LoRA: faces differ from picture to picture';

/**
 * Which model makes the pictures (Q6): whether it can use a LoRA at all, and whether this character
 * has one for it. One without stays choosable; what that means is said.
 */
export function ModelChoice({ character, models, value, onChange }: ModelChoiceProps) {
  const [explained, setExplained] = useState<ImageModelId | null>(null);

  function pressed(event: KeyboardEvent) {
    if (event.key === 'Escape') setExplained(null);
  }

  return (
    <fieldset className="min-w-0" onKeyDown={pressed}>
      <legend className="mb-1 font-medium">Model</legend>
      <ul className="divide-y divide-line rounded-control border border-control bg-surface">
        {models.map((model) =>
          model.licenceMissing ? (
            <LockedModel key={model.id} label={model.label} />
          ) : (
            <li
              key={model.id}
              className="relative px-3 first:rounded-t-control last:rounded-b-control has-checked:bg-accent-soft has-focus-visible:z-[1] has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-offset-2 has-[input:focus-visible]:outline-focus"
            >
              <label className="flex min-h-target flex-wrap items-center gap-x-2 gap-y-1 pt-2.5">
                <input
                  type="radio"
                  name="image-model"
                  value={model.id}
                  checked={model.id === value}
                  onChange={() => onChange(model.id)}
                  onFocus={(event) =>
                    setExplained(event.target.matches(':focus-visible') ? model.id : null)
                  }
                  onBlur={() => setExplained(null)}
                  aria-label={model.label}
                  aria-describedby={`model-${model.id}-lora model-${model.id}-tip model-${model.id}-state`}
                  className="radio"
                />
                <span className="min-w-0 flex-1 font-medium">{model.label}</span>
                <span
                  className="relative"
                  onPointerEnter={() => setExplained(model.id)}
                  onPointerLeave={() => setExplained(null)}
                >
                  <span id={`model-${model.id}-lora`}>
                    {model.supportsLora ? (
                      <Badge icon={<Layers aria-hidden="true" />}>LoRA available</Badge>
                    ) : (
                      <Badge icon={<Ban aria-hidden="true" />}>No LoRA support</Badge>
                    )}
                  </span>
                  <span
                    id={`model-${model.id}-tip`}
                    role="tooltip"
                    className={joinClasses(
                      // Above: below it are this row's state and its link.
                      'absolute right-0 bottom-full z-[2] w-60 pb-1.5 text-small',
                      explained !== model.id && 'hidden',
                    )}
                  >
                    <span className="block rounded-control border border-line bg-raised px-3 py-2 text-ink shadow-popover">
                      {model.supportsLora ? supportsLora : noLora}
                    </span>
                  </span>
                </span>
              </label>
              <p
                id={`model-${model.id}-state`}
                className="flex flex-wrap items-center gap-x-1.5 pb-2.5 pl-6.5 text-small text-ink-2"
              >
                <ModelState character={character} model={model} />
              </p>
            </li>
          ),
        )}
      </ul>
    </fieldset>
  );
}

/** What this character has of a model, and the way to have it. */
function ModelState({
  character: { id, name, profileSetComplete },
  model: { label, adapter, open, supportsLora },
}: {
  character: StudioView['character'];
  model: StudioModel;
}) {
  if (adapter) {
    return (
      <>
        <Check className="size-3.5 text-good" aria-hidden="true" />
        <span className="min-w-0 truncate">
          <bdi>{name}</bdi>’s model ready
        </span>
      </>
    );
  }
  if (open) {
    return (
      <>
        <Clock className="size-3.5" aria-hidden="true" />
        <span className="tabular-nums">
          {open.status === 'pending'
            ? 'Waiting for a GPU'
            : `Training ${formatPercent(open.step / open.totalSteps)}`}
        </span>
        <span aria-hidden="true">·</span>
        <Link href={paths.settings(id)} className="text-link -my-3 py-3">
          See how it is doing
        </Link>
      </>
    );
  }
  if (!supportsLora) return 'Knows no characters';
  return (
    <>
      <span>Not trained for this one</span>
      <span aria-hidden="true">·</span>
      <Link
        href={profileSetComplete ? paths.settings(id) : paths.wizard(id)}
        className="text-link -my-3 py-3"
      >
        Train<span className="sr-only"> for {label}</span>
      </Link>
    </>
  );
}

/** What the choice means for the pictures, in words. */
export function Consequence({
  character: { name },
  model: { label, adapter, supportsLora: canUseLora },
}: {
  character: StudioView['character'];
  model: StudioModel;
}) {
  if (adapter) {
    return (
      <>
        With {label} and <bdi>{name}</bdi>’s model: the same face in every picture.
      </>
    );
  }
  return (
    <>
      With {label}, {canUseLora ? 'without a LoRA' : 'which has no LoRA support'}: <bdi>{name}</bdi>
      ’s face will differ from picture to picture.
    </>
  );
}

/** D14: shown with the reason. */
function LockedModel({ label }: { label: string }) {
  return (
    <li className="flex items-start gap-2 px-3 py-2.5 text-ink-3">
      <Lock className="mt-0.5 size-4.5 p-px" aria-hidden="true" />
      <p className="min-w-0 flex-1">
        <span className="font-medium">{label}: needs a licence</span>
        <span className="block text-small">No commercial licence for it is set up here.</span>
      </p>
    </li>
  );
}
