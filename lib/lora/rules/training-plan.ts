import { currentRecipes, recipes } from '../../gpu/rules/recipes.ts';
import { type BaseModelId, baseModels } from './base-models.ts';

/** What a base model is trained with: data with a version, frozen on each training. */
export interface TrainingPlan {
  recipe: {
    id: string;
    rank: number;
    alpha: number;
    steps: number;
    batchSize: number;
    learningRate: number;
    resolutions: number[];
    captionDropout: number;
  };
  maxSeconds: number;
}

/** 120 steps an image, at least 1,500, at most 3,000: longer runs erode a distilled model. */
export function trainingSteps(imageCount: number): number {
  return Math.min(3_000, Math.max(1_500, 120 * imageCount));
}

/** The plan for one training. Alpha equals rank, so that a file without alpha keeps its strength. */
export function planTraining(baseModel: BaseModelId, imageCount: number): TrainingPlan {
  const { rank, estimateMinutes } = baseModels[baseModel];
  const id = currentRecipes[baseModel];
  const { numbers } = recipes[id];
  return {
    recipe: {
      ...numbers,
      id,
      rank,
      alpha: rank,
      steps: trainingSteps(imageCount),
      resolutions: [...numbers.resolutions],
    },
    // Twice the usual time: past it the GPU stops by itself.
    maxSeconds: estimateMinutes.to * 2 * 60,
  };
}

/**
 * A trigger word: a rare token and the name's letters, never the plain name, which the base model
 * may already know ("Mara" -> "ohwx_mara_k3f9"). `suffix` makes it unique.
 */
export function makeTriggerWord(characterName: string, suffix: string): string {
  const letters = characterName
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
    .slice(0, 20);
  return ['ohwx', letters, suffix].filter(Boolean).join('_');
}

/** The caption a picture is trained with: its own, else one from its prompt, else the trigger. */
export function captionFor(
  image: { caption: string | null; prompt: string | null },
  triggerWord: string,
): string {
  const text = image.caption?.trim() || image.prompt?.trim();
  if (!text) return `photo of ${triggerWord}`;
  return text.includes(triggerWord) ? text : `${triggerWord}, ${text}`;
}
