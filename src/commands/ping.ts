import { Option, type Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { ConfigError, describeProblem } from '../base/errors.js';
import { argumentTargets, type ArgumentTargets } from '../config/argument-targets.js';
import {
  DEFAULT_COUNT,
  DEFAULT_INTERVAL_MS,
  parseCount,
  parseInterval,
  parsePingTimeout,
} from '../ping/options.js';
import { usage } from './usage.js';

interface Flags {
  readonly count: number;
  readonly interval: number;
  readonly timeout?: number;
  readonly insert?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Adds `pglatency ping`. What it needs is loaded when it runs. */
export function addPingCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): void {
  const command = program
    .command('ping')
    .description(
      'measure how far away a database is: one connection with its phases, then SELECT 1 repeatedly',
    )
    .argument('[url...]', 'connection strings; default: the databases of the environment')
    .addOption(
      new Option('--count <n>', 'number of samples; 0: until Ctrl-C')
        .argParser(usage(parseCount))
        .default(DEFAULT_COUNT),
    )
    .addOption(
      new Option('--interval <duration>', 'time from one sample to the next, such as 200ms or 5s')
        .argParser(usage(parseInterval))
        .default(DEFAULT_INTERVAL_MS, '1s'),
    )
    .addOption(
      new Option(
        '--timeout <duration>',
        'deadline of the connection and of each sample (default: 10s, or that of the target)',
      ).argParser(usage(parsePingTimeout)),
    )
    .option('--insert', 'INSERT into a temporary table and roll back, instead of SELECT 1')
    .option('--quiet', 'print no line for each sample')
    .option('--json', 'print one JSON document at the end')
    .addHelpText('after', HELP);
  command.action(async (urls: string[], flags: Flags) => {
    const chosen = targetsOrUsage(command, urls, deps);
    const { runPing } = await import('../ping/ping.js');
    const { count, interval, timeout, insert = false, json = false, quiet = false } = flags;
    const timing = { count, intervalMs: interval, timeoutMs: timeout ?? null };
    exit(await runPing(chosen, { ...timing, insert, json, quiet }, deps));
  });
}

/** What is wrong with a connection string, or with the environment, is wrong usage. */
export function targetsOrUsage(
  command: Command,
  urls: readonly string[],
  { env }: Pick<CliDeps, 'env'>,
): ArgumentTargets {
  try {
    return argumentTargets(urls, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = error.problems.map(describeProblem);
    return command.error(`error: ${lines.join('\n       ')}`, { exitCode: 2 });
  }
}

const HELP = `
It needs no table, only the right CONNECT, and leaves nothing behind. Other users of this machine can read
the arguments of a command: keep the password in PGPASSWORD, ~/.pgpass or DATABASE_URL.
Several databases are measured side by side.

Exit code: 0 all answered, 1 some did not, 2 wrong usage.`;
