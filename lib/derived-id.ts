import { createHash } from 'node:crypto';

/**
 * The id of what `meaning` names, always the same: the database itself then lets each such thing be
 * made once.
 */
export function derivedId(meaning: string): string {
  const hex = createHash('sha256').update(meaning).digest('hex');
  // Version 8: an id of one's own making (RFC 9562).
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}
