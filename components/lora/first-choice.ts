import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { defaultBaseModel } from '@/lib/lora/rules/base-models';
import { preselect } from '@/lib/lora/rules/selection';
import type { Choice } from './use-training-choice';

/**
 * What the form opens with: the draft as the server has it. After a failure with a free retry, and
 * as long as the creator has chosen nothing else, the failed training's own images (D8).
 */
export function firstChoice(panel: TrainingPanelView): Choice {
  const { selection, images, current, models } = panel;
  const trainable = models.some(
    ({ id, licenceMissing }) => id === selection.baseModel && !licenceMissing,
  );
  const untouched = preselect(images).join() === selection.imageIds.join();
  if (untouched && current?.status === 'failed' && current.freeRetryUntil) {
    const known = new Set(images.map(({ id }) => id));
    return {
      baseModel: current.baseModel,
      imageIds: current.imageIds.filter((id) => known.has(id)),
    };
  }
  return {
    baseModel: trainable ? selection.baseModel : defaultBaseModel,
    imageIds: selection.imageIds,
  };
}
