import fc from 'fast-check';
import { expect, it } from 'vitest';
import { baseModelIds, baseModels } from '../../lora/rules/base-models.ts';
import { planTraining } from '../../lora/rules/training-plan.ts';
import {
  aiToolkitJobConfig,
  datasetNameOf,
  finalFileNames,
  isJobName,
  jobNameOf,
  plainCaption,
  secondsPerStepOf,
} from './ai-toolkit-job.ts';
import { currentRecipes, recipeSheet, recipes } from './recipes.ts';

const name = 'likeness-1a2b3c4d-0197a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b-a1';
const folders = { training: '/app/ai-toolkit/output', datasets: '/app/ai-toolkit/datasets' };

function configOf(baseModel: (typeof baseModelIds)[number]) {
  const { recipe } = planTraining(baseModel, 20);
  const sheet = recipeSheet(recipe.id);
  if (!sheet) throw new Error(recipe.id);
  const job = { name, recipe, triggerWord: 'ohwx_mara_k3f9', seed: 7 };
  return aiToolkitJobConfig(job, sheet, folders);
}

/** The server's own form for Z-Image Turbo, with our steps and rank, and no sample pictures. */
const zImage = {
  job: 'extension',
  config: {
    name,
    process: [
      {
        type: 'diffusion_trainer',
        training_folder: '/app/ai-toolkit/output',
        sqlite_db_path: './aitk_db.db',
        device: 'cuda',
        trigger_word: 'ohwx_mara_k3f9',
        performance_log_every: 10,
        network: {
          type: 'lora',
          linear: 16,
          linear_alpha: 16,
          conv: 16,
          conv_alpha: 16,
          lokr_full_rank: true,
          lokr_factor: -1,
          network_kwargs: { ignore_if_contains: [] },
        },
        save: {
          dtype: 'bf16',
          save_every: 250,
          max_step_saves_to_keep: 4,
          save_format: 'diffusers',
          push_to_hub: false,
        },
        datasets: [
          {
            folder_path:
              '/app/ai-toolkit/datasets/likeness_1a2b3c4d_0197a1b2_c3d4_7e5f_8a9b_0c1d2e3f4a5b_a1',
            mask_path: null,
            mask_min_value: 0.1,
            default_caption: '',
            caption_ext: 'txt',
            caption_dropout_rate: 0.05,
            cache_latents_to_disk: false,
            is_reg: false,
            network_weight: 1,
            resolution: [512, 768, 1024],
            controls: [],
            shrink_video_to_frames: true,
            num_frames: 1,
            flip_x: false,
            flip_y: false,
            num_repeats: 1,
          },
        ],
        train: {
          batch_size: 1,
          bypass_guidance_embedding: false,
          steps: 2400,
          gradient_accumulation: 1,
          train_unet: true,
          train_text_encoder: false,
          gradient_checkpointing: true,
          noise_scheduler: 'flowmatch',
          optimizer: 'adamw8bit',
          timestep_type: 'weighted',
          content_or_style: 'balanced',
          optimizer_params: { weight_decay: 0.0001 },
          unload_text_encoder: false,
          cache_text_embeddings: false,
          lr: 0.0001,
          ema_config: { use_ema: false, ema_decay: 0.99 },
          skip_first_sample: false,
          force_first_sample: false,
          disable_sampling: true,
          dtype: 'bf16',
          diff_output_preservation: false,
          diff_output_preservation_multiplier: 1,
          diff_output_preservation_class: 'person',
          switch_boundary_every: 1,
          loss_type: 'mse',
        },
        logging: { log_every: 1, use_ui_logger: true },
        model: {
          name_or_path: 'Tongyi-MAI/Z-Image-Turbo',
          quantize: true,
          qtype: 'qfloat8',
          quantize_te: true,
          qtype_te: 'qfloat8',
          arch: 'zimage:turbo',
          low_vram: true,
          model_kwargs: {},
          compile: false,
          layer_offloading: false,
          layer_offloading_text_encoder_percent: 1,
          layer_offloading_transformer_percent: 1,
          assistant_lora_path:
            'ostris/zimage_turbo_training_adapter/zimage_turbo_training_adapter_v2.safetensors',
        },
        sample: {
          sampler: 'flowmatch',
          sample_every: 250,
          sample_start_step: 0,
          width: 1024,
          height: 1024,
          samples: [{ prompt: 'photo of [trigger]' }],
          neg: '',
          seed: 7,
          walk_seed: true,
          guidance_scale: 1,
          sample_steps: 9,
          num_frames: 1,
          fps: 1,
        },
      },
    ],
  },
  meta: { name: '[name]', version: '1.0' },
};

/** The leaves in which two configs differ, as `a.b.0.c`. */
function differences(a: unknown, b: unknown, path = ''): Record<string, [unknown, unknown]> {
  if (a === b) return {};
  const isTree = (value: unknown) => typeof value === 'object' && value !== null;
  if (!isTree(a) || !isTree(b)) return { [path]: [a, b] };
  const [left, right] = [a, b] as [Record<string, unknown>, Record<string, unknown>];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return Object.assign(
    {},
    ...[...keys].map((key) => differences(left[key], right[key], path ? `${path}.${key}` : key)),
  );
}

it('tells AI Toolkit everything about a Z-Image Turbo training, field by field', () => {
  expect(configOf('z-image-turbo')).toEqual(zImage);
});

const noOffloading = {
  'model.layer_offloading': undefined,
  'model.layer_offloading_text_encoder_percent': undefined,
  'model.layer_offloading_transformer_percent': undefined,
};

it.each([
  [
    'flux',
    {
      ...noOffloading,
      'model.arch': 'flux',
      'model.name_or_path': 'black-forest-labs/FLUX.1-dev',
      'model.assistant_lora_path': undefined,
      'model.low_vram': false,
      'train.timestep_type': 'sigmoid',
      'sample.guidance_scale': 4,
      'sample.sample_steps': 30,
    },
  ],
  [
    'one-2.1',
    {
      ...noOffloading,
      'model.arch': 'wan21:14b',
      'model.name_or_path': 'Wan-AI/Wan2.1-T2V-14B-Diffusers',
      'model.assistant_lora_path': undefined,
      'model.low_vram': false,
      'train.timestep_type': 'sigmoid',
      'sample.guidance_scale': 4,
      'sample.sample_steps': 30,
      'sample.fps': 16,
      'datasets.0.fps': 16,
      'network.linear': 32,
      'network.linear_alpha': 32,
    },
  ],
  [
    'one-2.2',
    {
      'model.arch': 'wan22_14b:t2v',
      'model.name_or_path': 'ai-toolkit/Wan2.2-T2V-A14B-Diffusers-bf16',
      'model.assistant_lora_path': undefined,
      'model.model_kwargs.train_high_noise': true,
      'model.model_kwargs.train_low_noise': true,
      'train.timestep_type': 'linear',
      'train.switch_boundary_every': 10,
      'sample.guidance_scale': 4,
      'sample.sample_steps': 30,
      'sample.fps': 16,
      'datasets.0.fps': 16,
      'network.linear': 32,
      'network.linear_alpha': 32,
    },
  ],
] as const)('differs for %s in exactly what that model needs', (baseModel, expected) => {
  const found = Object.entries(differences(zImage, configOf(baseModel))).map(
    ([path, [, value]]) => [path.replace('config.process.0.', ''), value],
  );
  expect(Object.fromEntries(found)).toEqual(expected);
});

it('has a recipe for every base model, and none under the name of another', () => {
  expect(Object.keys(currentRecipes)).toEqual([...baseModelIds]);
  for (const [id, sheet] of Object.entries(recipes)) {
    expect(id).toMatch(/^[a-z0-9.-]+\/[1-9]\d*$/);
    expect(id.split('/')[0]).toBe(sheet.baseModel);
    expect([...finalFileNames(name, sheet.aiToolkit.arch).keys()]).toEqual(
      baseModels[sheet.baseModel].files,
    );
  }
  expect(recipeSheet('z-image-turbo/99')).toBeNull();
  expect(recipeSheet('constructor')).toBeNull();
});

it('names data sets so that the server changes nothing, and knows its own again', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 1, max: 9 }), (id, number) => {
      const job = `likeness-1a2b3c4d-${id}-a${number}`;
      expect(datasetNameOf(job)).toMatch(/^[a-z0-9_]{1,80}$/);
      expect(jobNameOf(datasetNameOf(job))).toBe(job);
    }),
  );
  for (const other of ['', '..', '../likeness_0197a1b2', 'mia_7f3a', 'likeness-0197a1b2', '/']) {
    expect(jobNameOf(other)).toBeNull();
  }
});

it.each(['', '.', '../x', 'likeness-', 'likeness-a/../../b', `likeness-${'a'.repeat(71)}`, 'x y'])(
  'refuses "%s" as a name, which might erase a folder',
  (bad) => {
    expect(isJobName(bad)).toBe(false);
  },
);

it.each([
  [`photo of ohwx, \${HF_TOKEN} in a garden`, 'photo of ohwx, in a garden'],
  [`ohwx \${HF_TOKEN`, 'ohwx'],
  ['ohwx [name] [trigger] smiles', 'ohwx smiles'],
  ['ohwx at the sea --steps 1 --cfg 9', 'ohwx at the sea steps 1 cfg 9'],
  ['well-lit, half-length\n\tportrait', 'well-lit, half-length portrait'],
])('writes the caption %j as %j', (caption, plain) => {
  expect(plainCaption(caption)).toBe(plain);
});

it('never leaves a way into the server’s settings in a caption', () => {
  const nasty = fc.array(fc.constantFrom('$', '{', '}', '-', '[name]', '[', 'name', ']', ' ', 'a'));
  fc.assert(
    fc.property(nasty, (parts) => {
      const plain = plainCaption(parts.join(''));
      expect(plain).not.toMatch(/\$\{|--|\[name\]/);
    }),
  );
});

it.each([
  ['50.00 iter/sec', 0.02],
  ['2.34 sec/iter', 2.34],
  ['', null],
  ['0.00 iter/sec', null],
  ['fast', null],
])('reads the speed "%s" as %s s', (text, seconds) => {
  expect(secondsPerStepOf(text)).toBe(seconds);
});

it('picks files by their whole names', () => {
  expect([...finalFileNames(name, 'flux').values()]).toEqual([`${name}.safetensors`]);
  expect([...finalFileNames(name, 'wan22_14b:t2v').values()]).toEqual([
    `${name}_high_noise.safetensors`,
    `${name}_low_noise.safetensors`,
  ]);
});
