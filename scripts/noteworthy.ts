const QUIET_LEVELS = new Set(['trace', 'debug', 'info']);

/**
 * What of a part's output line somebody at the console should see, or null: our log's warnings and
 * errors (without their JSON), and everything on standard error that is not a log line.
 */
export function noteworthy(line: string, fromStderr: boolean): string | null {
  const entry = asLogEntry(line);
  if (entry) {
    if (QUIET_LEVELS.has(entry.level)) return null;
    const cause = entry.error ? `: ${entry.error}` : '';
    return `${entry.level}: ${entry.message}${cause}`;
  }
  return fromStderr && line.trim() !== '' ? line : null;
}

/** Of PostgreSQL's log only what stops it; a refused statement is the application's to report. */
export function noteworthyOfPostgres(line: string): string | null {
  return /\b(PANIC|could not write|No space left)\b/.test(line) ? line : null;
}

/** A development server is read by whoever changes the code: everything but empty lines. */
export function noteworthyOfDevelopmentServer(line: string, fromStderr: boolean): string | null {
  return line.startsWith('{') ? noteworthy(line, fromStderr) : line.trim() ? line : null;
}

function asLogEntry(line: string): { level: string; message: string; error: string } | null {
  if (!line.startsWith('{')) return null;
  try {
    const entry: Record<string, unknown> = JSON.parse(line);
    if (typeof entry.level !== 'string') return null;
    const error = entry.error ?? entry.err;
    const told =
      typeof error === 'object' && error !== null && 'message' in error ? error.message : '';
    return { level: entry.level, message: String(entry.msg ?? ''), error: String(told) };
  } catch {
    return null;
  }
}
