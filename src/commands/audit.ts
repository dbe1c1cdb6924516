import { Option, type Command } from 'commander';
import {
  FORMATS,
  parseBudget,
  parseListen,
  parseMaxTrips,
  parsePause,
  parseReportFile,
  type AuditOptions,
} from '../audit/options.js';
import type { CliDeps } from '../base/cli-deps.js';
import { ConfigError, describeProblem } from '../base/errors.js';
import { parseRtt } from '../lab/options.js';
import { usage } from './usage.js';

type Flags = Omit<
  AuditOptions,
  'listen' | 'pauseMs' | 'reports' | 'budgets' | 'maxTrips' | 'command'
> & {
  readonly listen?: AuditOptions['listen'];
  readonly pause: number;
  readonly report?: AuditOptions['reports'];
  readonly budget?: AuditOptions['budgets'];
  readonly maxTrips?: AuditOptions['maxTrips'];
};

/** Adds `pglatency audit`. What it needs is loaded when it runs. */
export function addAuditCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): void {
  const command = program
    .command('audit')
    .description("count your application's round trips, and what they cost in each region")
    .argument(
      '[command...]',
      'the command to run, after --; without one, the audit runs until Ctrl-C',
    )
    .option(
      '--upstream <url>',
      'the database (default: DATABASE_URL, or PGHOST and the other PG* variables)',
    )
    .addOption(
      new Option('--listen <port>', 'port, or host:port, where the application connects').argParser(
        usage(parseListen),
      ),
    )
    .addOption(
      new Option('--tls', 'offer TLS to the application, with a certificate for this run').default(
        false,
      ),
    )
    .addOption(
      new Option('--pause <duration>', 'pause that ends a unit without a transaction or a tag')
        .argParser(usage(parsePause))
        .default(20, '20ms'),
    );
  addDistances(command);
  addResults(command);
  command.addHelpText('after', HELP);
  command.action((words: readonly string[], flags: Flags) =>
    runCommand(command, words, flags, deps, exit),
  );
}

function addDistances(command: Command): void {
  command
    .addOption(
      new Option('--rtt <region=ms,…>', 'round trips of the regions, such as lhr=12,syd=269')
        .argParser(usage(parseRtt))
        .conflicts(['fleet', 'file']),
    )
    .addOption(
      new Option(
        '--fleet <url>',
        "take the round trips that this backend's fleet measured",
      ).conflicts('file'),
    )
    .option(
      '--file <path>',
      "take the round trips that the fleet's file expects (default: pglatency.yaml)",
    )
    .option('--as-if <region>', 'add the distance of this region between application and database');
}

function addResults(command: Command): void {
  command
    .addOption(
      new Option('--format <format>', 'format of standard output')
        .choices(FORMATS)
        .default('table'),
    )
    .addOption(
      new Option(
        '--report <file>',
        'also write the report to this file: .html, .md, .json or .txt; repeatable',
      ).argParser(usage(parseReportFile)),
    )
    .addOption(
      new Option(
        '--max-trips <unit=n>',
        'fail if a unit makes more round trips; a number alone is for every unit; repeatable',
      ).argParser(usage(parseMaxTrips)),
    )
    .addOption(
      new Option(
        '--budget <region=duration>',
        'fail if a unit takes longer from this region; repeatable',
      ).argParser(usage(parseBudget)),
    );
}

async function runCommand(
  command: Command,
  words: readonly string[],
  { listen, pause, report, budget, maxTrips, ...flags }: Flags,
  deps: CliDeps,
  exit: (code: number) => void,
): Promise<void> {
  const { runAudit } = await import('../audit/audit.js');
  const { AuditUsageError } = await import('../audit/usage-error.js');
  try {
    const options: AuditOptions = {
      ...flags,
      listen: listen ?? null,
      pauseMs: pause,
      reports: report ?? [],
      budgets: budget ?? [],
      maxTrips: maxTrips ?? [],
      command: words,
    };
    exit(await runAudit(options, deps));
  } catch (error) {
    if (error instanceof ConfigError) {
      const lines = error.problems.map(describeProblem);
      command.error(`error: ${lines.join('\n       ')}`, { exitCode: 2 });
    }
    if (!(error instanceof AuditUsageError)) throw error;
    command.error(`error: ${error.message}`, { exitCode: 2 });
  }
}

const HELP = `
  pglatency audit --rtt lhr=12,syd=269 -- npm test
  pglatency audit --listen 6543 --upstream postgresql://app@db.example.com/shop

The command gets DATABASE_URL and PG* variables that lead to the proxy. Its output goes to standard error.
Standard output has the report. It shows fingerprints and tags, but no statement, value or password.

Exit code: that of the command if it is not 0. Otherwise 0 done, 1 a limit was passed or nothing came
through the proxy, 2 wrong usage.`;
