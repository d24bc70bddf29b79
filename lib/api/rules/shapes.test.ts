import { describe, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type { CharacterView } from '../../characters/get-character.ts';
import type { ImageView } from '../../characters/image-view.ts';
import type { CharacterSummary } from '../../characters/list-characters.ts';
import type { CreditLineView } from '../../credits/list-lines.ts';
import type { TrainingStatusView } from '../../lora/get-training-status.ts';
import type { LoraModelView } from '../../lora/list-lora-models.ts';
import type { StartedTraining } from '../../lora/start-training.ts';
import type { TrainingView } from '../../lora/training-view.ts';
import type { GalleryItem } from '../../studio/gallery-item.ts';
import type { creditLine } from './credit-operations.ts';
import type { galleryItem, image } from './image-operations.ts';
import type { influencer, influencerSummary } from './influencer-operations.ts';
import type { loraModel, started, statusAnswer, training } from './training-operations.ts';

/** As JSON sends it. */
type Sent<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Sent<T[K]> } : T;

type Shown<S extends z.ZodType> = z.output<S>;

// The type checker is the test: a field that a view gains or loses is missing here.
describe('the shapes of the document are the views', () => {
  it('field by field', () => {
    expectTypeOf<Shown<typeof influencer>>().toEqualTypeOf<CharacterView>();
    expectTypeOf<Shown<typeof influencerSummary>>().toEqualTypeOf<CharacterSummary>();
    expectTypeOf<Shown<typeof image>>().toEqualTypeOf<ImageView>();
    expectTypeOf<Shown<typeof galleryItem>>().toEqualTypeOf<GalleryItem>();
    expectTypeOf<Shown<typeof training>>().toEqualTypeOf<TrainingView>();
    expectTypeOf<Shown<typeof statusAnswer>>().toEqualTypeOf<TrainingStatusView>();
    expectTypeOf<Shown<typeof started>>().toEqualTypeOf<StartedTraining>();
    expectTypeOf<Shown<typeof loraModel>>().toEqualTypeOf<LoraModelView>();
    expectTypeOf<Shown<typeof creditLine>>().toEqualTypeOf<Sent<CreditLineView>>();
  });
});
