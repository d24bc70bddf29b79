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
    serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
  });
  return shared.likenessLog;
}
