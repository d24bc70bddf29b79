import type { JobInput } from '../protocol.ts';
import type { LoraFileRole } from '../provider.ts';
import type { RecipeSheet } from './recipes.ts';

/**
 * What is told to and read from AI Toolkit (0.12.26), as pure data. Its HTTP side checks nothing and
 * its trainer falls back to settings of another age for whatever is left out, so everything is said.
 */

/** Where things lie on its machine: all its paths are absolute and its own. */
export interface AiToolkitFolders {
  training: string;
  datasets: string;
}

/**
 * Its names become folders, and an empty one or one with dots erases other people's. Ours are made
 * of ids; nothing else is ever sent.
 */
const jobName = /^likeness-[a-z0-9-]{8,70}$/;

/** Whether `name` can be a job of ours there. */
export function isJobName(name: string): boolean {
  return jobName.test(name);
}

/** The data set of a job; it keeps only letters, digits and `_` of a name. */
export function datasetNameOf(job: string): string {
  return job.replaceAll('-', '_');
}

/** The job of a data set, or null when the data set is somebody else's. */
export function jobNameOf(dataset: string): string | null {
  const name = dataset.replaceAll('_', '-');
  return isJobName(name) && datasetNameOf(name) === dataset ? name : null;
}

/**
 * A caption as it may be written: `${NAME}` would become one of the server's secrets, `[name]` the
 * job's name and `--` a flag wherever a text reaches a prompt.
 */
export function plainCaption(caption: string): string {
  return caption
    .replaceAll(/\$\{[^}]*\}?|\[(?:name|trigger)\]/gi, ' ')
    .replaceAll(/-{2,}/g, ' ')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

/** The whole `job_config`. `job.name` stands in both places, or the result is not found again. */
export function aiToolkitJobConfig(
  job: Pick<JobInput, 'name' | 'recipe' | 'triggerWord' | 'seed'>,
  sheet: RecipeSheet,
  folders: AiToolkitFolders,
) {
  const { recipe } = job;
  const model = sheet.aiToolkit;
  return {
    job: 'extension',
    config: {
      name: job.name,
      process: [
        {
          // The only kind that tells its progress to the server.
          type: 'diffusion_trainer',
          training_folder: folders.training,
          sqlite_db_path: './aitk_db.db',
          device: 'cuda',
          trigger_word: job.triggerWord,
          performance_log_every: 10,
          network: {
            type: 'lora',
            linear: recipe.rank,
            linear_alpha: recipe.alpha,
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
              folder_path: `${folders.datasets}/${datasetNameOf(job.name)}`,
              mask_path: null,
              mask_min_value: 0.1,
              default_caption: '',
              caption_ext: 'txt',
              caption_dropout_rate: recipe.captionDropout,
              cache_latents_to_disk: false,
              is_reg: false,
              network_weight: 1,
              resolution: recipe.resolutions,
              controls: [],
              shrink_video_to_frames: true,
              num_frames: 1,
              flip_x: false,
              flip_y: false,
              num_repeats: 1,
              ...(model.fps === undefined ? {} : { fps: model.fps }),
            },
          ],
          train: {
            batch_size: recipe.batchSize,
            bypass_guidance_embedding: false,
            steps: recipe.steps,
            gradient_accumulation: 1,
            train_unet: true,
            train_text_encoder: false,
            gradient_checkpointing: true,
            noise_scheduler: 'flowmatch',
            optimizer: 'adamw8bit',
            timestep_type: model.timestepType,
            content_or_style: 'balanced',
            optimizer_params: { weight_decay: 0.0001 },
            unload_text_encoder: false,
            cache_text_embeddings: false,
            lr: recipe.learningRate,
            ema_config: { use_ema: false, ema_decay: 0.99 },
            skip_first_sample: false,
            force_first_sample: false,
            // Its pictures cost GPU time and would lie behind file routes that ask for no token.
            disable_sampling: true,
            dtype: 'bf16',
            diff_output_preservation: false,
            diff_output_preservation_multiplier: 1,
            diff_output_preservation_class: 'person',
            switch_boundary_every: model.switchBoundaryEvery,
            loss_type: 'mse',
          },
          logging: { log_every: 1, use_ui_logger: true },
          model: {
            name_or_path: model.nameOrPath,
            quantize: true,
            qtype: 'qfloat8',
            quantize_te: true,
            qtype_te: 'qfloat8',
            arch: model.arch,
            low_vram: model.lowVram,
            model_kwargs: model.modelKwargs,
            compile: false,
            ...(model.layerOffloading && {
              layer_offloading: false,
              layer_offloading_text_encoder_percent: 1,
              layer_offloading_transformer_percent: 1,
            }),
            ...(model.assistantLoraPath && { assistant_lora_path: model.assistantLoraPath }),
          },
          sample: {
            sampler: 'flowmatch',
            sample_every: 250,
            sample_start_step: 0,
            width: 1024,
            height: 1024,
            samples: [{ prompt: 'photo of [trigger]' }],
            neg: '',
            seed: job.seed,
            walk_seed: true,
            guidance_scale: model.sample.guidanceScale,
            sample_steps: model.sample.steps,
            num_frames: 1,
            fps: model.sample.fps,
          },
        },
      ],
    },
    meta: { name: '[name]', version: '1.0' },
  };
}

/**
 * The finished files of a job by their exact names. Checkpoints lie beside them under longer ones,
 * sorted before or after, so neither "first" nor "last" means anything.
 */
export function finalFileNames(name: string, arch: string): Map<LoraFileRole, string> {
  return arch.startsWith('wan22_14b')
    ? new Map([
        ['high_noise', `${name}_high_noise.safetensors`],
        ['low_noise', `${name}_low_noise.safetensors`],
      ])
    : new Map([['main', `${name}.safetensors`]]);
}

/** Seconds a step of "1.23 iter/sec" or "2.34 sec/iter"; null for anything else. */
export function secondsPerStepOf(speed: string): number | null {
  const [, number, unit] = /^([\d.]+) (iter\/sec|sec\/iter)$/.exec(speed.trim()) ?? [];
  const value = Number(number);
  if (!Number.isFinite(value) || value <= 0) return null;
  return unit === 'iter/sec' ? 1 / value : value;
}
