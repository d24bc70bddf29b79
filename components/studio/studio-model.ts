import type { TrainingView } from '@/lib/lora/training-view';

/** A base model and what this character has of it. */
export interface StudioModel {
  id: string;
  label: string;
  summary: string;
  supportsLora: boolean;
  licenceMissing: boolean;
  /** The newest training of it that ended with a file; null while there is none. */
  ready: TrainingView | null;
  /** The one that is under way now. */
  open: TrainingView | null;
}

/** The models with the trainings that belong to each; `history` is newest first. */
export function studioModels(
  models: readonly Omit<StudioModel, 'ready' | 'open'>[],
  history: readonly TrainingView[],
): StudioModel[] {
  return models.map(({ id, label, summary, supportsLora, licenceMissing }) => {
    const own = history.filter(({ baseModel }) => baseModel === id);
    return {
      id,
      label,
      summary,
      supportsLora,
      licenceMissing,
      ready: own.find(({ status, files }) => status === 'ready' && files.length > 0) ?? null,
      open: own.find(({ status }) => status === 'pending' || status === 'training') ?? null,
    };
  });
}
