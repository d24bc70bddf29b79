'use client';

import { Plus } from 'lucide-react';
import { useCallback } from 'react';
import { formatCount, formatCredits } from '@/lib/format';
import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import type { BaseModelId } from '@/lib/lora/rules/base-models';
import type { ConsentKind } from '@/lib/lora/rules/schemas';
import type { useLikes } from '../characters/use-likes';
import { buttonClasses } from '../ui/button-style';
import { Link } from '../ui/link';
import { BaseModelChoice } from './base-model-choice';
import type { Choice } from './choice';
import { ConsentChoice } from './consent-choice';
import { ImagePicker } from './image-picker';
import type { SaveCaptionVerb } from './image-preview';
import type { Price } from './price-of';

/** For focus from a script when the question was left open. */
export const consentFieldId = 'who-is-this';

interface TrainingFieldsProps {
  panel: Pick<TrainingPanelView, 'images' | 'models' | 'character'>;
  choice: Choice;
  /** How many chosen images are not there any more. */
  goneCount: number;
  onChange: (part: Partial<Choice>) => void;
  price: Price;
  likes: ReturnType<typeof useLikes>;
  consent: ConsentKind | null;
  consentMissing: boolean;
  /** Left out where nothing will be trained. Default: asked until it was given once. */
  consentAsked?: boolean;
  onConsent: (kind: ConsentKind) => void;
  saveCaption: SaveCaptionVerb;
  /** Address of the step where pictures are added. */
  addImagesHref: string;
}

/** What a training is made of: pictures, base model and, the first time, the creator's word. */
export function TrainingFields({
  panel,
  choice,
  goneCount,
  onChange,
  price,
  likes,
  consent,
  consentMissing,
  consentAsked = true,
  onConsent,
  saveCaption,
  addImagesHref,
}: TrainingFieldsProps) {
  const select = useCallback((imageIds: string[]) => onChange({ imageIds }), [onChange]);
  const chooseModel = useCallback((baseModel: BaseModelId) => onChange({ baseModel }), [onChange]);
  return (
    <>
      {goneCount > 0 && (
        <p role="status" className="text-small text-warn">
          {formatCount(goneCount, 'image was', 'images were')} deleted. {choice.imageIds.length}{' '}
          still selected.
        </p>
      )}
      <ImagePicker
        images={panel.images}
        selectedIds={choice.imageIds}
        onSelect={select}
        likes={likes}
        saveCaption={saveCaption}
        price={price.free ? 'free' : formatCredits(price.totalCredits)}
        addImages={
          <Link href={addImagesHref} className={buttonClasses({ size: 'small' })}>
            <Plus aria-hidden="true" />
            Add images
          </Link>
        }
      />
      <BaseModelChoice models={panel.models} value={choice.baseModel} onChange={chooseModel} />
      {consentAsked && !panel.character.consentGiven && (
        <ConsentChoice
          id={consentFieldId}
          value={consent}
          onChange={onConsent}
          missing={consentMissing && consent === null}
        />
      )}
    </>
  );
}
