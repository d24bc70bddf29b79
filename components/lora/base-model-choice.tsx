import { Layers, Lock } from 'lucide-react';
import { formatCredits, formatNumber, formatTimeRange } from '@/lib/format';
import type { TrainableModel } from '@/lib/lora/get-training-panel';
import type { BaseModelId } from '@/lib/lora/rules/base-models';
import { Badge } from '../ui/badge';
import { RadioCards } from '../ui/radio-cards';

interface BaseModelChoiceProps {
  models: readonly TrainableModel[];
  value: BaseModelId;
  onChange: (id: BaseModelId) => void;
}

/** Which model learns the face. What cannot be trained here stands below, with the reason (D14). */
export function BaseModelChoice({ models, value, onChange }: BaseModelChoiceProps) {
  const locked = models.filter(({ licenceMissing }) => licenceMissing);
  return (
    <div className="flex flex-col gap-2">
      <RadioCards
        legend="Base model"
        name="base-model"
        value={value}
        onChange={onChange}
        options={models
          .filter(({ licenceMissing }) => !licenceMissing)
          .map((model) => ({
            value: model.id,
            label: (
              <span className="inline-flex flex-wrap items-center gap-x-2 gap-y-1">
                {model.label}
                {model.supportsLora && (
                  <Badge icon={<Layers aria-hidden="true" />} tone="neutral">
                    LoRA
                  </Badge>
                )}
              </span>
            ),
            description: `${model.summary} Usually ${formatTimeRange(
              model.estimate.fromSeconds * 1_000,
              model.estimate.toSeconds * 1_000,
            )}.`,
            aside: `${formatCredits(model.baseCredits)} + ${formatNumber(model.perImageCredits)} an image`,
          }))}
      />
      {locked.map((model) => (
        <div
          key={model.id}
          className="flex items-start gap-3 rounded-control border border-dashed border-control px-4 py-3 text-ink-3"
        >
          <Lock className="mt-0.5 size-4.5" aria-hidden="true" />
          <p className="min-w-0 flex-1">
            <span className="font-medium">{model.label}: needs a licence</span>
            <span className="mt-0.5 block text-small">
              Its weights may not be used commercially, and no licence for it is set up here.
            </span>
          </p>
        </div>
      ))}
    </div>
  );
}
