'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import { formatCount } from '@/lib/format';
import { minImages } from '@/lib/lora/rules/selection';
import { ActionBar } from '../lora/action-bar';
import { Button } from '../ui/button';
import { ProfileSet, type ProfileSetVerbs } from './profile-set';
import { StepHeading, stepHeadingId } from './step-heading';

interface ProfileSetStepProps {
  characterId: string;
  name: string;
  images: readonly ImageView[];
  profileSetComplete: boolean;
  sandboxGenerator: boolean;
  verbs: ProfileSetVerbs;
  /** Where this step leads to, and what the button there is called. */
  next: { href: string; label: string };
}

/** First step of the wizard: the pictures. */
export function ProfileSetStep({
  characterId,
  name,
  images,
  profileSetComplete,
  sandboxGenerator,
  verbs,
  next,
}: ProfileSetStepProps) {
  const router = useRouter();
  const [count, setCount] = useState(images.filter(({ state }) => state === 'ready').length);
  const missing = minImages - count;
  return (
    <section
      aria-labelledby={stepHeadingId}
      className="rounded-panel border border-line bg-surface px-4 pt-5 pb-4 sm:px-6 sm:pb-6"
    >
      <StepHeading
        lead={
          <>
            At least {minImages} pictures of <bdi>{name}</bdi>. Sharp ones with one face, seen from
            different sides, work best.
          </>
        }
      >
        Profile set
      </StepHeading>
      <div className="flex flex-col gap-6">
        <ProfileSet
          characterId={characterId}
          images={images}
          canDraw={!profileSetComplete}
          sandboxGenerator={sandboxGenerator}
          verbs={verbs}
          onCount={setCount}
        />
        <ActionBar
          summary={<p className="font-medium">{formatCount(count, 'image')} in the profile set</p>}
        >
          <Button
            variant="primary"
            onClick={() => router.push(next.href)}
            unavailable={
              missing > 0
                ? `Add ${formatCount(missing, 'more image', 'more images')} to go on.`
                : null
            }
          >
            {next.label}
          </Button>
        </ActionBar>
      </div>
    </section>
  );
}
