'use client';

import { useRouter } from 'next/navigation';
import { useRef, useState } from 'react';
import { formatCredits } from '@/lib/format';
import { paths } from '@/lib/paths';
import { Button } from '../ui/button';
import { Later } from '../ui/later';
import { Panel } from '../ui/panel';
import type { Verb } from '../verbs/verb-result';

const loadDialog = () => import('./confirm-deletion').then((module) => module.ConfirmDeletion);

export type DeleteInfluencerVerb = Verb<{ characterId: string; confirmation: string }, unknown>;

interface DeleteInfluencerProps {
  characterId: string;
  name: string;
  /** The training that is under way; null for none. */
  training: { costCredits: number } | null;
  deleteInfluencer: DeleteInfluencerVerb;
}

/** The end of an influencer's settings: the way to delete it. */
export function DeleteInfluencer({
  characterId,
  name,
  training,
  deleteInfluencer,
}: DeleteInfluencerProps) {
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);

  return (
    <Panel
      title="Delete influencer"
      className="mt-6"
      description="Its images, trainings and models go for good, here and at the GPU provider."
    >
      <Button ref={button} onClick={() => setAsking(true)}>
        Delete…
      </Button>
      <Later load={loadDialog} wanted={asking} onFailed={() => setAsking(false)} className="mt-2">
        {(ConfirmDeletion) => (
          <ConfirmDeletion
            title={
              <>
                Delete <bdi>{name}</bdi>?
              </>
            }
            consequences={[
              'Its images, captions, trainings, models and studio pictures are deleted. This cannot be undone, and downloaded files stay yours.',
              ...(training ? [stopping(training.costCredits)] : []),
              'The lines of your credit ledger stay, without a name.',
            ]}
            label="Type its name to confirm"
            expected={name}
            action="Delete influencer"
            remove={({ confirmation }) => deleteInfluencer({ characterId, confirmation })}
            onDeleted={() => {
              router.push(paths.deletions());
              router.refresh();
            }}
            onClose={() => setAsking(false)}
            returnFocus={button}
          />
        )}
      </Later>
    </Panel>
  );
}

function stopping(costCredits: number): string {
  if (costCredits === 0)
    return 'The training under way is stopped. It was free, so no credits move.';
  const credits = formatCredits(costCredits);
  return `The training under way is stopped, and ${credits} come back. If it finishes before it can be stopped, they are charged and its model is deleted.`;
}
