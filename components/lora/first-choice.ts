import type { TrainingPanelView } from '@/lib/lora/get-training-panel';
import { defaultBaseModel } from '@/lib/lora/rules/base-models';
import type { ServerChoice } from './use-training-choice';

/**
 * What the form opens with: the draft as the server has it. Where nothing was chosen since a training
 * that failed or was cancelled, that training's own images (D8), otherwise the proposal (D4).
 */
export function firstChoice(panel: TrainingPanelView): ServerChoice {
  const { selection, images, current, models, character } = panel;
  const { version } = character;
  const occasion = `${current?.id}:${current?.status}`;
  if (!selection.saved && current && ['failed', 'cancelled'].includes(current.status)) {
    const known = new Set(images.map(({ id }) => id));
    const { baseModel } = current;
    const imageIds = current.imageIds.filter((id) => known.has(id));
    return { choice: { baseModel, imageIds }, version, occasion, saved: false };
  }
  const trainable = models.some(
    ({ id, licenceMissing }) => id === selection.baseModel && !licenceMissing,
  );
  const baseModel = trainable ? selection.baseModel : defaultBaseModel;
  const { imageIds, saved } = selection;
  return { choice: { baseModel, imageIds }, version, occasion, saved };
}
