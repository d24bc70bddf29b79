import pino, { type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { env } from './env.ts';
import { withoutSecrets } from './secrets.ts';

const shared = globalThis as { likenessLog?: Logger };

/**
 * The process' log: one JSON line an event, UTC. Secrets, signed links and captions stay out; the
 * fields below are removed should one slip in, and so is a secret wherever it stands.
 */
export function log(): Logger {
  shared.likenessLog ??= makeLog(env().LOG_LEVEL);
  return shared.likenessLog;
}

/** The log as it is written, to standard output or elsewhere. */
export function makeLog(
  level: string,
  destination: DestinationStream = pino.destination(1),
): Logger {
  const options: LoggerOptions = {
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: ['password', 'secret', 'token', 'authorization', 'cookie', 'url', '*.url', '*.secret'],
      censor: '[removed]',
    },
    serializers: { error: plainError, err: plainError },
    hooks: { streamWrite: (line) => withoutSecrets(line) },
  };
  return pino(options, destination);
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
