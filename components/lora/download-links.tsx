import { Download } from 'lucide-react';
import { formatBytes } from '@/lib/format';
import type { TrainingView } from '@/lib/lora/training-view';
import { paths } from '@/lib/paths';
import { buttonClasses } from '../ui/button-style';
import { joinClasses } from '../ui/join-classes';

const roleNames: Record<string, string> = {
  high_noise: 'high noise',
  low_noise: 'low noise',
};

interface DownloadLinksProps {
  characterId: string;
  training: Pick<TrainingView, 'id' | 'files'>;
}

/** A link for each file of a ready training; Wan 2.2 has two that belong together. */
export function DownloadLinks({ characterId, training }: DownloadLinksProps) {
  return (
    <div className="flex flex-wrap items-center gap-3">
      {training.files.map(({ role, bytes }) => (
        <a
          key={role}
          href={paths.download(characterId, training.id, role)}
          download
          className={buttonClasses({})}
        >
          <Download aria-hidden="true" />
          Download LoRA{roleNames[role] ? `, ${roleNames[role]}` : ''}
          <span className="font-normal text-ink-3 tabular-nums">{formatBytes(bytes)}</span>
        </a>
      ))}
    </div>
  );
}

/** What a sandbox result is, wherever it is shown. */
export function SandboxResult({ className }: { className?: string }) {
  return (
    <div
      className={joinClasses(
        'flex items-stretch overflow-hidden rounded-control bg-sandbox-soft text-small',
        className,
      )}
    >
      <span aria-hidden="true" className="hatched w-2 flex-none" />
      <p className="px-3 py-2 text-ink">
        <strong className="font-medium text-sandbox">Sandbox GPU: this adapter is empty.</strong> No
        GPU was used; the file is a placeholder, not a model.
      </p>
    </div>
  );
}
