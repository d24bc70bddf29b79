import type { JobInput, Recipe } from '../protocol.ts';

type BaseModelId = JobInput['baseModel'];

/** What AI Toolkit has to be told about a base model, by its own names in `job_config`. */
export interface AiToolkitModel {
  /** Its part after the colon drives AI Toolkit's own form only. */
  arch: string;
  nameOrPath: string;
  /** Merged while training and absent afterwards, so that a distilled model stays distilled. */
  assistantLoraPath?: string;
  lowVram: boolean;
  /** Whether its form offers layer offloading for this model; it is off either way. */
  layerOffloading: boolean;
  modelKwargs: Record<string, boolean>;
  timestepType: 'weighted' | 'sigmoid' | 'linear';
  /** Steps between two experts' turns. */
  switchBoundaryEvery: number;
  sample: { guidanceScale: number; steps: number; fps: number };
  /** Of the data set, for models that know time. Our pictures are single frames all the same. */
  fps?: number;
}

/** How a base model is taught a face: data with a version. */
export interface RecipeSheet {
  baseModel: BaseModelId;
  numbers: Pick<Recipe, 'batchSize' | 'learningRate' | 'resolutions' | 'captionDropout'>;
  /** A GPU with less memory is not asked. */
  minVramGb: number;
  aiToolkit: AiToolkitModel;
}

const numbers: RecipeSheet['numbers'] = {
  batchSize: 1,
  learningRate: 1e-4,
  resolutions: [512, 768, 1024],
  captionDropout: 0.05,
};

/**
 * Every recipe that was ever sold, by id. A change is a new entry with a higher version: trainings
 * that were started with the old one keep it.
 */
export const recipes = {
  'z-image-turbo/1': {
    baseModel: 'z-image-turbo',
    numbers,
    minVramGb: 24,
    aiToolkit: {
      arch: 'zimage:turbo',
      nameOrPath: 'Tongyi-MAI/Z-Image-Turbo',
      assistantLoraPath:
        'ostris/zimage_turbo_training_adapter/zimage_turbo_training_adapter_v2.safetensors',
      lowVram: true,
      layerOffloading: true,
      modelKwargs: {},
      timestepType: 'weighted',
      switchBoundaryEvery: 1,
      sample: { guidanceScale: 1, steps: 9, fps: 1 },
    },
  },
  'flux/1': {
    baseModel: 'flux',
    numbers,
    minVramGb: 24,
    aiToolkit: {
      arch: 'flux',
      nameOrPath: 'black-forest-labs/FLUX.1-dev',
      lowVram: false,
      layerOffloading: false,
      modelKwargs: {},
      timestepType: 'sigmoid',
      switchBoundaryEvery: 1,
      sample: { guidanceScale: 4, steps: 30, fps: 1 },
    },
  },
  'one-2.1/1': {
    baseModel: 'one-2.1',
    numbers,
    minVramGb: 48,
    aiToolkit: {
      arch: 'wan21:14b',
      nameOrPath: 'Wan-AI/Wan2.1-T2V-14B-Diffusers',
      lowVram: false,
      layerOffloading: false,
      modelKwargs: {},
      timestepType: 'sigmoid',
      switchBoundaryEvery: 1,
      sample: { guidanceScale: 4, steps: 30, fps: 16 },
      fps: 16,
    },
  },
  'one-2.2/1': {
    baseModel: 'one-2.2',
    numbers,
    minVramGb: 48,
    aiToolkit: {
      arch: 'wan22_14b:t2v',
      nameOrPath: 'ai-toolkit/Wan2.2-T2V-A14B-Diffusers-bf16',
      lowVram: true,
      layerOffloading: true,
      modelKwargs: { train_high_noise: true, train_low_noise: true },
      timestepType: 'linear',
      switchBoundaryEvery: 10,
      sample: { guidanceScale: 4, steps: 30, fps: 16 },
      fps: 16,
    },
  },
} as const satisfies Record<string, RecipeSheet>;

/** What a training that starts now is taught with. */
export const currentRecipes = {
  'z-image-turbo': 'z-image-turbo/1',
  flux: 'flux/1',
  'one-2.1': 'one-2.1/1',
  'one-2.2': 'one-2.2/1',
} as const satisfies Record<BaseModelId, keyof typeof recipes>;

/** The recipe of that id, or null when this version of the program has never known it. */
export function recipeSheet(id: string): RecipeSheet | null {
  return Object.hasOwn(recipes, id) ? recipes[id as keyof typeof recipes] : null;
}
