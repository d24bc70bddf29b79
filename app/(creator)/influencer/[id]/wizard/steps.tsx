'use client';

import dynamic from 'next/dynamic';
import { useLoadAhead } from '@/components/ui/use-load-ahead';

// One step is looked at, and only its script comes with the page. The imports stand in the calls:
// that is how the document learns which script to ask for.
export const NameStep = dynamic(() =>
  import('@/components/characters/name-step').then((module) => module.NameStep),
);
export const ProfileSetStep = dynamic(() =>
  import('@/components/characters/profile-set-step').then((module) => module.ProfileSetStep),
);
export const TrainingStep = dynamic(() =>
  import('@/components/lora/training-step').then((module) => module.TrainingStep),
);
export const TrainingFollowUp = dynamic(() =>
  import('@/components/lora/training-follow-up').then((module) => module.TrainingFollowUp),
);

const loadAll = () =>
  Promise.all([
    import('@/components/characters/name-step'),
    import('@/components/characters/profile-set-step'),
    import('@/components/lora/training-step'),
    import('@/components/lora/training-follow-up'),
  ]);

/** The other steps' scripts, fetched before somebody goes there. */
export function OtherSteps() {
  useLoadAhead(loadAll);
  return null;
}
