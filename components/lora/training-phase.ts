import type { TrainingView } from '../../lib/lora/training-view.ts';

/** The stations of a training in creators' words, in their order. */
export const phases = [
  { id: 'waiting', label: 'Waiting for a GPU' },
  { id: 'preparing', label: 'Preparing images' },
  { id: 'training', label: 'Training' },
  { id: 'saving', label: 'Saving the model' },
  { id: 'ready', label: 'Ready' },
] as const;
export type PhaseId = (typeof phases)[number]['id'];

/** Where a training is: the worker's finer phases, folded. */
export function phaseOf(training: Pick<TrainingView, 'status' | 'phase'>): PhaseId {
  if (training.status === 'pending') return 'waiting';
  if (training.status === 'ready') return 'ready';
  switch (training.phase) {
    case 'training':
    case 'sampling':
      return 'training';
    case 'uploading':
      return 'saving';
    default:
      return 'preparing';
  }
}
