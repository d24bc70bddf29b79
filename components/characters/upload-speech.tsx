'use client';

import { useEffect, useRef, useState } from 'react';
import type { ImageView } from '@/lib/characters/image-view';
import type { UploadQueue } from './upload-queue';
import { needsAttention } from './upload-state';
import { groupStage, wordGroup, wordUpload } from './upload-words';
import { useUploadList } from './use-upload-list';

/**
 * What a screen reader hears of the uploads, whichever page is open: the group line at the start, at
 * half and at the end, and each failure once. Never each percent.
 */
export function UploadSpeech({ queue }: { queue: UploadQueue<ImageView> }) {
  const uploads = useUploadList(queue);
  return (
    <>
      <GroupSpeech stage={groupStage(uploads)} line={wordGroup(uploads)} />
      <div role="log" aria-label="Upload problems" className="sr-only">
        {uploads.filter(needsAttention).map((upload) => (
          <p key={upload.id}>
            {upload.name}: {wordUpload(upload)}
          </p>
        ))}
      </div>
    </>
  );
}

function GroupSpeech({ stage, line }: { stage: ReturnType<typeof groupStage>; line: string }) {
  const [speech, setSpeech] = useState('');
  const latest = useRef(line);
  latest.current = line;
  useEffect(() => {
    setSpeech(stage === 'none' ? '' : latest.current);
  }, [stage]);
  return (
    <p role="status" className="sr-only">
      {speech}
    </p>
  );
}
