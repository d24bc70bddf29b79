import type { Expression } from './rules/expressions.ts';

export interface GenerationRequest {
  /** Who is drawn, in the creator's words; may be empty. */
  look: string;
  /** The same seed is the same person. */
  seed: string;
  /** Which picture of that person: the same seed and index is the same picture. */
  index: number;
  /** What is to be seen. */
  prompt: string;
  /** The face in it, where the prompt asks for one of the known ones. */
  expression?: Expression;
  /** The image model's id; without one the generator takes its own. */
  model?: string;
  /** A trained adapter of this person and the word that calls it up; some models have two files. */
  lora?: {
    files: readonly { role: string; key: string }[];
    triggerWord: string;
    strength: number;
  };
}

export interface GeneratedImage {
  bytes: Uint8Array;
  contentType: 'image/png' | 'image/jpeg' | 'image/webp';
  /** The prompt as it was really used. */
  prompt: string;
  /** What the picture shows, for training. */
  caption: string;
}

/**
 * PORT: pictures of a person who does not exist. Adapters know a vendor, not our users or tables.
 * What cannot be made throws; the caller tries again later.
 */
export interface ImageGenerator {
  id: string;
  generate(request: GenerationRequest): Promise<GeneratedImage>;
}
