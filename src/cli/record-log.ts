/** Diagnostics of a long run, on stderr, with pino. Silent unless asked for, and then not loaded. */
import type { Log, LogFields } from '../sources/live-source.ts';

export const LOG_LEVELS: readonly string[] = ['silent', 'error', 'warn', 'info', 'debug'];

/** A last line of defence: nothing by these names is logged, whoever tries. */
const SECRET_NAMES = ['preimage', 'paymentHash', 'secret', 'script', 'passphrase', 'key', 'seed'];

export async function createLog(level: string): Promise<Log> {
  const nothing = () => undefined;
  if (level === 'silent') return { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const { pino } = await import('pino');
  const options = { level, redact: SECRET_NAMES, base: null };
  // Synchronous: the last lines before an end are the ones somebody needs.
  const logger = pino(options, pino.destination({ fd: 2, sync: true }));
  const writer = (name: 'debug' | 'info' | 'warn' | 'error') => {
    return (fields: LogFields, message: string) => logger[name](fields, message);
  };
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
  };
}
