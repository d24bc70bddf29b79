import pino, { type Logger } from 'pino';
import { env } from './env.ts';

const shared = globalThis as { likenessLog?: Logger };

/**
 * The process' log: one JSON line an event, UTC. Secrets, signed links and captions stay out; the
 * fields below are removed should one slip in.
 */
export function log(): Logger {
  shared.likenessLog ??= pino({
    level: env().LOG_LEVEL,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['password', 'secret', 'token', 'authorization', 'cookie', 'url', '*.url', '*.secret'],
      censor: '[removed]',
    },
    serializers: { error: plainError, err: plainError },
  });
  return shared.likenessLog;
}

/**
 * What a log line keeps of an error: never its other properties, where libraries hang whole
 * connections with their passwords.
 */
export function plainError(error: unknown): object | string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    code,
    stack: error.stack,
    cause: error.cause === undefined ? undefined : plainError(error.cause),
  };
}
