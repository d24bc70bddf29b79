import type { StudioModel, StudioView } from '@/lib/studio/get-studio';
import { DownloadLinks, SandboxResult } from '../lora/download-links';
import { LocalTime } from '../ui/local-time';
import { Panel } from '../ui/panel';
import { SandboxMark } from '../ui/sandbox-mark';
import { CopyText } from './copy-text';

interface ModelPanelProps {
  character: StudioView['character'];
  models: readonly StudioModel[];
}

/** The files of the character's models, to take along, and the word that calls the face up. */
export function ModelPanel({ character, models }: ModelPanelProps) {
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
        <p className="mt-1 text-small text-ink-2">
          Added to your prompts here by itself. With a downloaded model, put it wherever{' '}
          <bdi>{character.name}</bdi> is meant.
        </p>
        {models.some(({ adapter }) => adapter?.sandbox) && <SandboxResult className="mt-3" />}
      </div>
      <ul className="divide-y divide-line border-t border-line">
        {models.map(
          ({ id, label, adapter }) =>
            adapter && (
              <li key={id} className="flex flex-col items-start gap-1.5 px-4 py-3 sm:px-6">
                <h3 className="font-medium">{label}</h3>
                <p className="flex flex-wrap items-center gap-2 text-small text-ink-3">
                  {adapter.sandbox && <SandboxMark />}
                  <span>
                    Trained{' '}
                    {adapter.completedAt && (
                      <>
                        <LocalTime at={adapter.completedAt} />{' '}
                      </>
                    )}
                    with {adapter.imageCount} images
                  </span>
                </p>
                <DownloadLinks characterId={character.id} training={adapter} />
              </li>
            ),
        )}
      </ul>
    </Panel>
  );
}
