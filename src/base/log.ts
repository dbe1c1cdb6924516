import { pino, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { LogDevice } from './log-device.js';

export type Log = Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * The backend's log on standard output: JSON, one object a line, or readable lines on a terminal.
 * `base` is in every line; it names the region and the machine.
 */
export function createLog(options: {
  level: LogLevel;
  terminal: boolean;
  base: Record<string, string>;
  device: LogDevice;
}): Log {
  const settings = {
    level: options.level,
    base: options.base,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  if (!options.terminal) return pino(settings, options.device);
  // As a stream of this process and not as a pino transport, which would be one more thread.
  return pino(
    settings,
    PinoPretty({
      colorize: true,
      sync: true,
      ignore: 'pid,hostname',
      translateTime: 'SYS:HH:MM:ss',
    }),
  );
}
