import { formatCount, formatNumber } from '../../lib/format.ts';
import { isUnderWay, needsAttention, type Upload } from './upload-state';

/** What a row says between two tries, by why. */
export const pauseWords = {
  connection: 'Waiting for a connection',
  stalled: 'Slow connection, trying again',
  busy: 'Storage is busy, trying again',
  damaged: 'Arrived damaged, sending again',
} as const;

/** Sentences that no refusal of the server words. */
export const uploadWords = {
  refused: "Couldn't upload.",
  unread: "Uploaded, but we couldn't read it.",
  unfinished: 'Choose the file again to go on',
  signedOut: 'Sign in again to go on',
  kept: 'What has arrived of an unfinished upload is kept for 24 hours.',
} as const;

/** "7 of 12 uploaded, 1 needs attention": the whole group in one line. */
export function wordGroup(uploads: readonly Upload[]): string {
  const arrived = uploads.filter(({ state }) =>
    ['done', 'duplicate', 'tooSmall'].includes(state.kind),
  ).length;
  const waiting = uploads.filter(needsAttention).length;
  const line = `${formatNumber(arrived)} of ${formatNumber(uploads.length)} uploaded`;
  return waiting === 0 ? line : `${line}, ${formatCount(waiting, 'needs', 'need')} attention`;
}

/** How far the group is, for speech: it is spoken when this changes, and only then. */
export function groupStage(uploads: readonly Upload[]): 'none' | 'started' | 'half' | 'ended' {
  if (uploads.length === 0) return 'none';
  const ended = uploads.filter((upload) => !isUnderWay(upload)).length;
  if (ended === uploads.length) return 'ended';
  return ended * 2 >= uploads.length ? 'half' : 'started';
}

/** What a row says about itself. */
export function wordUpload({ state, name, bytes }: Upload): string {
  switch (state.kind) {
    case 'waiting':
      return 'Waiting';
    case 'reading':
      return 'Reading…';
    case 'queued':
      return 'Up next';
    case 'sending':
      return state.remark ?? `${percent(state.sentBytes, bytes)} %`;
    case 'pausing':
      return state.reason;
    case 'checking':
      return /\.hei[cf]$/i.test(name) ? 'Converting…' : 'Checking…';
    case 'done':
      return `Uploaded, image ${formatNumber(state.number)}`;
    case 'tooSmall':
      return `Uploaded, but too small to train on (${wordSize(state)})`;
    case 'duplicate':
      return `Already here, as image ${formatNumber(state.ofNumber)}`;
    case 'unfinished':
      return uploadWords.unfinished;
    case 'signedOut':
      return uploadWords.signedOut;
    case 'failed':
      return state.sentence;
  }
}

/** One piece, so that no line ends inside it: "480 × 360 px". */
function wordSize({ width, height }: { width: number; height: number }): string {
  return `${formatNumber(width)}\u00a0×\u00a0${formatNumber(height)}\u00a0px`;
}

/** Its progress for a screen reader: "IMG_2041, 60 percent". */
export function speakProgress(upload: Upload): string {
  const { name, bytes, state } = upload;
  return state.kind === 'sending'
    ? `${name}, ${percent(state.sentBytes, bytes)} percent`
    : `${name}, ${wordUpload(upload)}`;
}

/** Of 100, never 100 before the last byte. */
export function percent(sent: number, total: number): number {
  return total > 0 ? Math.floor((Math.min(sent, total) / total) * 100) : 0;
}
