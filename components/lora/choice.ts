import type { BaseModelId } from '@/lib/lora/rules/base-models';

/** What a training is to be made of. */
export interface Choice {
  baseModel: BaseModelId;
  imageIds: string[];
}
