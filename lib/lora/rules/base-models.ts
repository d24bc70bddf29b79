/** API ids as the specification writes them; "One" is Wan, misheard (D6). */
export const baseModelIds = ['z-image-turbo', 'flux', 'one-2.1', 'one-2.2'] as const;
export type BaseModelId = (typeof baseModelIds)[number];

/** What the studio makes pictures with: every base model, and those that learn nothing (Q6). */
export const imageModelIds = [...baseModelIds, 'sdxl-lightning'] as const;
export type ImageModelId = (typeof imageModelIds)[number];

export const defaultBaseModel: BaseModelId = 'z-image-turbo'; // D10

interface ImageModel {
  label: string;
  /** One line a creator understands. */
  summary: string;
  /** Q6: shown as "LoRA available" in the studio. */
  supportsLora: boolean;
  /** D14: usable only where the operator holds a licence. */
  needsLicence: boolean;
  licence: string;
}

interface BaseModel extends ImageModel {
  supportsLora: true;
  /** D9: the range shown until our own history is long enough. Minutes. */
  estimateMinutes: { from: number; to: number };
  /** Rank equals alpha: a file whose alpha is unknown is then still applied at full strength. */
  rank: number;
  /** One entry a file the training makes; Wan 2.2 trains two experts. */
  files: readonly ('main' | 'high_noise' | 'low_noise')[];
  /** Prefix every adapter key of this model starts with. */
  keyPrefix: string;
}

/** The registry: everything that differs between base models, in one place. */
export const baseModels: Record<BaseModelId, BaseModel> = {
  'z-image-turbo': {
    label: 'Z-Image Turbo',
    summary: 'Fast and natural. The best choice for most characters.',
    supportsLora: true,
    needsLicence: false,
    estimateMinutes: { from: 25, to: 60 },
    rank: 16,
    files: ['main'],
    keyPrefix: 'diffusion_model.',
    licence: 'Apache-2.0',
  },
  flux: {
    label: 'Flux Dev',
    summary: 'Rich detail. Needs a commercial licence from its maker.',
    supportsLora: true,
    needsLicence: true,
    estimateMinutes: { from: 30, to: 75 },
    rank: 16,
    files: ['main'],
    keyPrefix: 'transformer.',
    licence: 'FLUX.1-dev Non-Commercial 1.1.1',
  },
  'one-2.1': {
    label: 'Wan 2.1',
    summary: 'For characters that will also appear in video.',
    supportsLora: true,
    needsLicence: false,
    estimateMinutes: { from: 40, to: 90 },
    rank: 32,
    files: ['main'],
    keyPrefix: 'diffusion_model.',
    licence: 'Apache-2.0',
  },
  'one-2.2': {
    label: 'Wan 2.2',
    summary: 'The newer video model. Makes two files that belong together.',
    supportsLora: true,
    needsLicence: false,
    estimateMinutes: { from: 50, to: 110 },
    rank: 32,
    files: ['high_noise', 'low_noise'],
    keyPrefix: 'diffusion_model.',
    licence: 'Apache-2.0',
  },
};

/** The registry as the studio sees it. */
export const imageModels: Record<ImageModelId, ImageModel> = {
  ...baseModels,
  'sdxl-lightning': {
    label: 'SDXL Lightning',
    summary: 'Quick sketches. Cannot be taught a face here.',
    supportsLora: false,
    needsLicence: false,
    licence: 'CreativeML Open RAIL++-M',
  },
};
