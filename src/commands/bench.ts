import { Option, type Command } from 'commander';
import { parseIterations } from '../lab/options.js';
import { usage } from './usage.js';
import type { CliDeps } from '../base/cli-deps.js';
import {
  FORMATS,
  parseNameServer,
  parseThreshold,
  parseTimeout,
  SORTS,
  type BenchOptions,
} from '../bench/options.js';

type Flags = Omit<BenchOptions, 'timeoutMs' | 'thresholdPercent'> & {
  readonly timeout: number;
  readonly threshold: number;
};

/** Adds `pglatency bench`. What it needs is loaded when it runs. */
export function addBenchCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): void {
  const command = program
    .command('bench')
    .description('measure from every region now, and rank them');
  addWhere(command)
    .addOption(
      new Option(
        '--targets',
        'every target of every region, and where each reads fastest',
      ).conflicts(['sort', 'svg', 'compare']),
    )
    .addOption(
      new Option('--iterations <n>', 'rounds in a run, 1 to 100')
        .argParser(usage(parseIterations))
        .default(10),
    )
    .addOption(
      new Option('--timeout <duration>', 'for each run, such as 30s or 2m')
        .argParser(usage(parseTimeout))
        .default(60_000, '60s'),
    )
    .option('--token-file <file>', "the backends' API_TOKEN")
    .addOption(
      new Option('--sort <column>', 'the order of the rows').choices(SORTS).default('rank'),
    )
    .addOption(
      new Option('--format <format>', 'of standard output').choices(FORMATS).default('table'),
    )
    .option('--svg <file>', 'also draw a chart')
    .option('--compare <file>', 'against an earlier --format json')
    .addOption(
      new Option('--threshold <percent>', 'how much slower is worse')
        .argParser(usage(parseThreshold))
        .default(20, '20%'),
    )
    .addHelpText('after', HELP);
  command.action((flags: Flags) => runCommand(command, flags, deps, exit));
}

/** Who is asked. */
function addWhere(command: Command): Command {
  return command
    .addOption(
      new Option('--url <region=url>', 'a backend, such as lhr=http://host:8080; repeatable')
        .argParser((text: string, before: readonly string[] | undefined) => [
          ...(before ?? []),
          text,
        ])
        .conflicts(['peers', 'app']),
    )
    .addOption(
      new Option('--peers <file>', 'backends, region=url a line').conflicts(['url', 'app']),
    )
    .addOption(
      new Option('--app <name>', "a Fly.io application's regions, by its private DNS").conflicts([
        'url',
        'peers',
      ]),
    )
    .addOption(
      new Option('--dns-server <address>', "where --app is looked up, instead of the system's")
        .argParser(usage(parseNameServer))
        .conflicts(['url', 'peers']),
    );
}

async function runCommand(
  command: Command,
  { timeout, threshold, ...flags }: Flags,
  deps: CliDeps,
  exit: (code: number) => void,
): Promise<void> {
  const { BenchUsageError, runBench } = await import('../bench/bench.js');
  try {
    exit(await runBench({ ...flags, timeoutMs: timeout, thresholdPercent: threshold }, deps));
  } catch (error) {
    if (!(error instanceof BenchUsageError)) throw error;
    command.error(`error: ${error.message}`, { exitCode: 2 });
  }
}

const HELP = `
Without --url, --peers or --app it asks the ten regions at their addresses in the tunnel.
Standard output has the rows; progress and, beside a format for machines, the comparison go to
standard error.

Exit code: 0 done, 1 a region did not answer, 2 wrong usage, or worse than --compare allows.`;
