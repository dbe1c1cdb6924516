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
    .description('measure from every region now, and rank the regions');
  addWhere(command)
    .addOption(
      new Option(
        '--targets',
        'measure every target of every region, and show which is fastest',
      ).conflicts(['sort', 'svg', 'compare']),
    )
    .addOption(
      new Option('--iterations <n>', 'rounds in a run, 1 to 100')
        .argParser(usage(parseIterations))
        .default(10),
    )
    .addOption(
      new Option('--timeout <duration>', 'deadline of each run, such as 30s or 2m')
        .argParser(usage(parseTimeout))
        .default(60_000, '60s'),
    )
    .option('--token-file <file>', "the backends' API_TOKEN")
    .addOption(
      new Option('--sort <column>', 'the order of the rows').choices(SORTS).default('rank'),
    )
    .addOption(
      new Option('--format <format>', 'format of standard output')
        .choices(FORMATS)
        .default('table'),
    )
    .option('--svg <file>', 'also draw a chart')
    .option('--compare <file>', 'compare with a file that --format json printed before')
    .addOption(
      new Option('--threshold <percent>', 'how much slower counts as worse')
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
      new Option(
        '--url <region=url>',
        'address of a backend, such as lhr=http://host:8080; repeatable',
      )
        .argParser((text: string, before: readonly string[] | undefined) => [
          ...(before ?? []),
          text,
        ])
        .conflicts(['peers', 'app']),
    )
    .addOption(
      new Option('--peers <file>', 'file with backends, one region=url in a line').conflicts([
        'url',
        'app',
      ]),
    )
    .addOption(
      new Option(
        '--app <name>',
        'ask the private DNS for the regions of this Fly.io application',
      ).conflicts(['url', 'peers']),
    )
    .addOption(
      new Option('--dns-server <address>', "name server for --app, instead of the system's")
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
Standard output has the rows. Progress goes to standard error. With a format
for machines, the comparison goes there too.

Exit code: 0 done, 1 a region did not answer, 2 wrong usage, or worse than --compare allows.`;
