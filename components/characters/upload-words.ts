import { formatCount } from '../../lib/format.ts';
import { isUnderWay, type Upload } from './upload-queue.ts';

/** "7 of 12 uploaded, 1 needs attention": the whole group in one line. */
export function wordGroup(uploads: readonly Upload[]): string {
  const arrived = uploads.filter(({ state }) => ['done', 'duplicate'].includes(state.kind)).length;
  const failed = uploads.filter(({ state }) => state.kind === 'failed').length;
  const line = `${arrived} of ${uploads.length} uploaded`;
  return failed === 0 ? line : `${line}, ${formatCount(failed, 'needs', 'need')} attention`;
}

/** How far the group is, for speech: it is spoken when this changes, and only then. */
export function groupStage(uploads: readonly Upload[]): 'none' | 'started' | 'half' | 'ended' {
  if (uploads.length === 0) return 'none';
  const ended = uploads.filter((upload) => !isUnderWay(upload)).length;
  if (ended === uploads.length) return 'ended';
  return ended * 2 >= uploads.length ? 'half' : 'started';
}

/** What a row says about itself. */
export function wordUpload({ state, file }: Upload): string {
  switch (state.kind) {
    case 'waiting':
      return 'Waiting';
    case 'sending':
      return `${percent(state.sentBytes, file.size)} %`;
    case 'pausing':
      return state.reason;
    case 'checking':
      return /\.hei[cf]$/i.test(file.name) ? 'Converting…' : 'Checking…';
    case 'done':
      return `Uploaded, image ${state.number}`;
    case 'duplicate':
      return `Already here, as image ${state.ofNumber}`;
    case 'failed':
      return state.sentence;
  }
}

/** Of 100, never 100 before the last byte. */
export function percent(sent: number, total: number): number {
  return total > 0 ? Math.floor((sent / total) * 100) : 0;
}
