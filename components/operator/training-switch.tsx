'use client';

import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { TrainingPauseView } from '@/lib/lora/pause-trainings';
import { Button } from '../ui/button';
import { LocalTime } from '../ui/local-time';
import { Notice } from '../ui/notice';
import { Panel } from '../ui/panel';
import type { Verb } from '../verbs/verb-result';
import { PauseDialog } from './pause-dialog';
import { ResumeDialog } from './resume-dialog';

interface TrainingSwitchProps {
  pause: TrainingPauseView | null;
  verbs: { pause: Verb<{ reason: string }>; resume: Verb<object> };
}

/** Stops new trainings for everybody and lets them go on; who stopped them, since when and why. */
export function TrainingSwitch({ pause, verbs }: TrainingSwitchProps) {
  const router = useRouter();
  const [asking, setAsking] = useState<'pause' | 'resume' | null>(null);
  const close = () => setAsking(null);
  const turned = () => {
    close();
    router.refresh();
  };

  return (
    <Panel
      title="New trainings"
      aside={
        <Button onClick={() => setAsking(pause ? 'resume' : 'pause')}>
          {pause ? 'Let trainings go on' : 'Pause new trainings'}
        </Button>
      }
    >
      <div role="status">
        {pause ? (
          <Notice tone="warn" title="New trainings are paused">
            <p className="break-words">
              Since <LocalTime at={pause.pausedAt} as="moment" />, by <bdi>{pause.pausedBy}</bdi>:{' '}
              <bdi>{pause.reason}</bdi>
            </p>
          </Notice>
        ) : (
          <p className="text-ink-2">Trainings start as creators ask for them.</p>
        )}
      </div>
      {asking === 'pause' && <PauseDialog pause={verbs.pause} onClose={close} onDone={turned} />}
      {asking === 'resume' && (
        <ResumeDialog resume={verbs.resume} onClose={close} onDone={turned} />
      )}
    </Panel>
  );
}
