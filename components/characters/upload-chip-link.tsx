'use client';

import { CircleAlert, Upload as UploadIcon } from 'lucide-react';
import type { ImageView } from '@/lib/characters/image-view';
import { paths } from '@/lib/paths';
import { Link } from '../ui/link';
import type { UploadQueue } from './upload-queue';
import { isUnderWay, needsAttention } from './upload-state';
import { wordGroup } from './upload-words';
import { useUploadList } from './use-upload-list';

/** "7 of 12 uploaded": the way back to the uploads that go on without their page. */
export function UploadChipLink({ queue }: { queue: UploadQueue<ImageView> }) {
  const uploads = useUploadList(queue);
  const first = uploads.find(isUnderWay) ?? uploads.find(needsAttention);
  if (!first) return null;
  const Icon = isUnderWay(first) ? UploadIcon : CircleAlert;
  return (
    <Link
      href={paths.wizard(first.characterId, 'images')}
      className="pressable inline-flex min-h-target items-center gap-1.5 rounded-control px-2 text-small text-ink-2 tabular-nums hover:bg-well hover:text-ink"
    >
      <Icon aria-hidden="true" className="size-4 flex-none" />
      <span className="max-lg:sr-only">{wordGroup(uploads)}</span>
      <span aria-hidden="true" className="lg:hidden">
        {uploads.filter((upload) => !isUnderWay(upload)).length}/{uploads.length}
      </span>
    </Link>
  );
}
