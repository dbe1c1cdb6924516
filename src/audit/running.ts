import type { CliDeps, EndSignal } from '../base/cli-deps.js';
import type { ConnectionFields } from '../config/resolve-connection.js';
import {
  applicationEnvironment,
  proxyUrl,
  startApplication,
  type Ended,
  type Place,
} from './application.js';

interface Running {
  readonly fields: ConnectionFields;
  readonly place: Place;
  readonly deps: CliDeps;
  readonly signals: Signals;
}

/** The signals that ask the audit to end. */
export interface Signals {
  /** Who is told of the next ones; null: nobody, because the report is being written. */
  listener: ((signal: EndSignal) => void) | null;
}

/** Holds the signals from here on, so that none ends the process before its report is written. */
export function holdSignals({ onSignal }: Pick<CliDeps, 'onSignal'>): Signals {
  const signals: Signals = { listener: null };
  onSignal((signal) => signals.listener?.(signal));
  return signals;
}

/** Runs the command to its end. */
export async function runCommand(
  command: readonly string[],
  { fields, place, deps, signals }: Running,
): Promise<Ended> {
  const env = applicationEnvironment(deps.env, fields, place);
  const application = startApplication(command, env, deps);
  signals.listener = application.signal;
  const ended = await application.ended;
  signals.listener = null;
  return ended;
}

/** Until a signal. */
export async function runByHand(
  { fields, place, signals }: Omit<Running, 'deps'>,
  say: (line: string) => void,
): Promise<null> {
  await new Promise<void>((resolve) => {
    signals.listener = () => resolve();
    say(`connect your application to ${proxyUrl(fields, place, false)}`);
    say('Ctrl-C ends the audit and prints the report');
  });
  signals.listener = null;
  return null;
}
