import { Ban, Check, Clock, Layers } from 'lucide-react';
import Link from 'next/link';
import { formatPercent } from '@/lib/format';
import { paths } from '@/lib/paths';
import { DownloadLinks, SandboxResult } from '../lora/download-links';
import { Badge } from '../ui/badge';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { SandboxMark } from '../ui/sandbox-mark';
import { CopyText } from './copy-text';
import type { StudioModel } from './studio-model';

interface ModelPanelProps {
  character: { id: string; name: string; triggerWord: string; profileSetComplete: boolean };
  models: readonly StudioModel[];
}

/** Which base models know this face, and the files to take along. */
export function ModelPanel({ character, models }: ModelPanelProps) {
  const isTrained = models.some(({ ready }) => ready);
  const isSandbox = models.some(({ ready }) => ready?.sandbox);
  return (
    <Panel
      title={
        <>
          <bdi>{character.name}</bdi>’s models
        </>
      }
      flush
    >
      <div className="px-4 pb-3 sm:px-6">
        <h3 className="text-small text-ink-2">Trigger word</h3>
        <CopyText text={character.triggerWord} name="trigger word" />
        {isTrained && (
          <p className="mt-1 text-small text-ink-2">
            Put it into a prompt wherever <bdi>{character.name}</bdi> is meant.
          </p>
        )}
        {isSandbox && <SandboxResult className="mt-3" />}
      </div>
      <ul className="divide-y divide-line border-t border-line">
        {models.map((model) => (
          <Model key={model.id} character={character} model={model} />
        ))}
      </ul>
    </Panel>
  );
}

function Model({
  character,
  model: { label, summary, supportsLora, licenceMissing, ready, open },
}: {
  character: ModelPanelProps['character'];
  model: StudioModel;
}) {
  return (
    <li className="flex flex-col items-start gap-1.5 px-4 py-3 sm:px-6">
      <div className="flex w-full flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h3 className="font-medium">{label}</h3>
        <Badge icon={supportsLora ? <Layers aria-hidden="true" /> : <Ban aria-hidden="true" />}>
          {supportsLora ? 'LoRA available' : 'No LoRA support'}
        </Badge>
      </div>
      {ready ? (
        <>
          <p className="text-small text-ink-2">{summary}</p>
          <p className="flex max-w-full flex-wrap items-center gap-2">
            <Badge tone="good" icon={<Check aria-hidden="true" />} className="max-w-full">
              <span className="truncate">
                <bdi>{character.name}</bdi>’s model ready
              </span>
            </Badge>
            {ready.sandbox && <SandboxMark />}
            {ready.completedAt && (
              <span className="text-small text-ink-3">
                trained <LocalTime at={ready.completedAt} /> with {ready.imageCount} images
              </span>
            )}
          </p>
          <DownloadLinks characterId={character.id} training={ready} />
        </>
      ) : (
        !open && (
          <p className="text-small text-ink-2">
            {licenceMissing ? (
              'Not trained for this one. It needs a commercial licence that is not set up here.'
            ) : supportsLora ? (
              <>
                Not trained for this one.{' '}
                <Link
                  href={
                    character.profileSetComplete
                      ? paths.settings(character.id)
                      : paths.wizard(character.id)
                  }
                  className="text-link"
                >
                  Train<span className="sr-only"> for {label}</span>
                </Link>
              </>
            ) : (
              'Not trained for this one.'
            )}
          </p>
        )
      )}
      {open && (
        <p className="flex flex-wrap items-center gap-2 text-small">
          <Badge tone="accent" icon={<Clock aria-hidden="true" />}>
            <span className="tabular-nums">
              {open.status === 'pending'
                ? 'Waiting for a GPU'
                : `Training ${formatPercent(open.step / open.totalSteps)}`}
            </span>
          </Badge>
          <Link href={paths.settings(character.id)} className="text-link">
            See how it is doing
          </Link>
        </p>
      )}
    </li>
  );
}
