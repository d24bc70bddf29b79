import type {
  TrainableImage,
  TrainableModel,
  TrainingPanelView,
} from '@/lib/lora/get-training-panel';
import type { TrainingView } from '@/lib/lora/training-view';
import { baseModelIds, baseModels } from '../../lib/lora/rules/base-models.ts';
import { hasEnded } from '../../lib/lora/rules/lifecycle.ts';
import { quoteTraining } from '../../lib/lora/rules/pricing.ts';
import { daysMs, idOf, instant, pictureUrl } from './facts.ts';
import { trainingRecord } from './trainings.ts';

/** So many images that can be trained on: most in the profile set, every third liked. */
export function trainableImages(count: number): TrainableImage[] {
  return Array.from({ length: count }, (_, at) => ({
    id: idOf('image', at + 1),
    number: at + 1,
    thumbnailUrl: pictureUrl(at + 1),
    url: pictureUrl(at + 1),
    liked: at % 3 === 1,
    inProfileSet: at % 3 !== 1 || at < 12,
    caption: at % 4 === 0 ? 'Three quarters, window light, grey jumper' : '',
    newSinceLastTraining: true,
  }));
}

/** The first so many images, chosen. */
export function chosenIds(count: number): string[] {
  return Array.from({ length: count }, (_, at) => idOf('image', at + 1));
}

const models: TrainableModel[] = baseModelIds.map((id) => {
  const { label, summary, needsLicence, supportsLora, estimateMinutes } = baseModels[id];
  const { baseCredits, perImageCredits } = quoteTraining(id, 0);
  const { from, to } = estimateMinutes;
  return {
    id,
    label,
    summary,
    baseCredits,
    perImageCredits,
    estimate: { fromSeconds: from * 60, toSeconds: to * 60 },
    supportsLora,
    licenceMissing: needsLicence,
  };
});

interface PanelFacts
  extends Partial<Omit<TrainingPanelView, 'character' | 'selection' | 'images'>> {
  /** Each state has a character of its own: what a tab keeps of one must not reach another. */
  number: number;
  character?: Partial<TrainingPanelView['character']>;
  images?: TrainableImage[];
  /** The first so many images are chosen; 12 unless told. */
  chosen?: number;
  trainings?: TrainingView[];
}

/** What the wizard's LoRA step and the settings show of one character. */
export function panelView(facts: PanelFacts): TrainingPanelView {
  const { number, character, images = trainableImages(18), chosen = 12, ...rest } = facts;
  const { current = null, trainings = current ? [current] : [], ...changes } = rest;
  const taught =
    current?.status === 'ready'
      ? current
      : (trainings.find(({ status }) => status === 'ready') ?? null);
  const learnt = new Set(taught?.imageIds);
  return {
    character: {
      id: idOf('character', number),
      name: 'Mara',
      look: 'Woman in her thirties, short dark hair, freckles',
      triggerWord: 'mrvl7k',
      profileSetComplete: true,
      loraTrainingEnabled: true,
      loraTrainingAutoStart: true,
      notifyProgress: false,
      notifyRetrain: true,
      notifyEmail: false,
      consentGiven: true,
      consent: { kind: 'synthetic', givenAt: instant(-40 * daysMs) },
      version: instant(-daysMs),
      ...character,
    },
    images: images.map((image) => ({ ...image, newSinceLastTraining: !learnt.has(image.id) })),
    models,
    selection: { baseModel: 'z-image-turbo', imageIds: chosenIds(chosen), saved: true },
    balance: { totalCredits: 46_000, reservedCredits: 0, availableCredits: 46_000 },
    current,
    record: current && !hasEnded(current.status) ? trainingRecord(current) : null,
    history: { trainings, page: 1, pageCount: 1, total: trainings.length },
    freeRetry: null,
    newLikedImageIds: [],
    lastReady: taught && {
      id: taught.id,
      completedAt: taught.completedAt ?? taught.createdAt,
      costCredits: taught.costCredits,
      baseModel: taught.baseModel,
      imageIds: taught.imageIds,
      expired: taught.expiredAt !== null,
    },
    sandbox: false,
    mailConfigured: true,
    ...changes,
  };
}
