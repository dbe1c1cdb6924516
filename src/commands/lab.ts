import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option, type Command } from 'commander';
import cron from 'node-cron';
import type { CliDeps } from '../base/cli-deps.js';
import { DEFAULT_FLEET_CODES } from '../regions/default-fleet.js';
import {
  parseIterations,
  parseRegions,
  parseRtt,
  regionWithoutDistance,
  type ChosenRegions,
  type LabOptions,
} from '../lab/options.js';
import { parseRegression, type Regression } from '../lab/regression.js';
import { usage } from './usage.js';

type Flags = Omit<LabOptions, 'regions' | 'schedule' | 'hub' | 'replicas' | 'rttMs' | 'rules'> & {
  readonly regions: ChosenRegions;
  readonly replica?: ChosenRegions;
  readonly hub?: true;
  readonly rtt?: LabOptions['rttMs'];
  readonly schedule?: string;
  readonly rules?: string;
};

/** Adds `pglatency lab`. What it needs is loaded when it runs. */
export function addLabCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): Command {
  const command = program
    .command('lab')
    .description('run many regions on this machine, with a real PostgreSQL and real distances')
    .addOption(regionsOption())
    .addOption(
      new Option(
        '--rtt <region=ms,…>',
        'set other round-trip times, such as lhr=20,nrt=300',
      ).argParser(usage(parseRtt)),
    )
    .addOption(replicaOption())
    .option('--hub', 'add one backend beside the database')
    .addOption(
      new Option('--schedule <cron>', 'when the regions measure, UTC; five or six fields')
        .argParser(usage(parseSchedule))
        .conflicts('once'),
    )
    .addOption(
      new Option('--iterations <n>', 'rounds in a run, 1 to 100')
        .argParser(usage(parseIterations))
        .default(10),
    )
    .addOption(new Option('--once', 'measure once, print the table and end').default(false))
    .addOption(new Option('--json', 'rows as JSON: an array for each round').default(false))
    .addOption(
      new Option('--prometheus', 'also start the Prometheus that is installed')
        .default(false)
        .conflicts('once'),
    )
    .addOption(
      new Option(
        '--rules <folder>',
        'with --prometheus: a folder with other alert rules',
      ).argParser(usage(parseFolder)),
    )
    .addOption(
      new Option(
        '--regress <region=+amount@delay>',
        'slow a region down, such as nrt=+30%@5m or nrt=+80ms at once; repeatable',
      )
        .argParser(usage(addRegression))
        .default([], 'none')
        .conflicts('once'),
    )
    .addHelpText('after', HELP);
  return command.action(async (flags: Flags) => {
    const wrong = contradictionIn(flags);
    if (wrong !== null) command.error(`error: ${wrong}`, { exitCode: 2 });
    const { runLab } = await import('../lab/lab.js');
    exit(await runLab(toOptions(flags), deps));
  });
}

const HELP = `
Without --once the lab measures at its start, and then every 15 seconds until Ctrl-C. The table goes to standard
output: redrawn in place on a terminal, otherwise printed once a round. Everything else goes to standard error.
On a terminal, press a digit to slow its region down by 30 % (or as --regress says). Press it again to restore it.

With --prometheus the alert rules are evaluated. A fleet needs three days to learn what is normal for a region.
The lab takes it from its own runs instead.

A replica is a second target. Its distance from each region is computed from their coordinates. The page and
\`pglatency bench --targets\` show which regions gain from it.

Exit code: 0 done, 1 a region could not be measured, 2 wrong usage, 130 interrupted before --once was done.`;

function regionsOption(): Option {
  const help =
    'the regions, of any provider, such as lhr,eu-west-1; =ms sets the round trip: rack-7=25';
  return new Option('--regions <codes>', help)
    .argParser(usage(parseRegions))
    .default({ codes: DEFAULT_FLEET_CODES, rttMs: {} }, 'ten of Fly.io');
}

function replicaOption(): Option {
  const option = new Option(
    '--replica <codes>',
    'add replicas near these regions, such as iad,syd',
  );
  return option.argParser(usage(parseRegions));
}

/** Where a round trip is given twice, `--rtt` says the last word. */
function roundTripsOf({ regions, replica, rtt }: Flags): LabOptions['rttMs'] {
  return { ...replica?.rttMs, ...regions.rttMs, ...rtt };
}

function toOptions(all: Flags): LabOptions {
  const { rtt, hub, schedule, rules, replica, regions, ...flags } = all;
  return {
    ...flags,
    regions: regions.codes,
    replicas: replica?.codes ?? [],
    rttMs: roundTripsOf(all),
    hub: hub ?? false,
    schedule: schedule ?? null,
    rules: rules ?? null,
  };
}

/** What is wrong with options that are each right. */
function contradictionIn(flags: Flags): string | null {
  const leftOut = (codes: readonly string[]) => codes.find((code) => !isChosen(flags, code));
  const stray = leftOut(Object.keys(flags.rtt ?? {}));
  if (stray !== undefined) return `--rtt names ${stray}, which --regions leaves out`;
  const unslowed = leftOut(flags.regress.map(({ region }) => region));
  if (unslowed !== undefined) return `--regress names ${unslowed}, which --regions leaves out`;
  const far = regionWithoutDistance(
    [...flags.regions.codes, ...(flags.replica?.codes ?? [])],
    roundTripsOf(flags),
  );
  if (far !== undefined) {
    return `pglatency does not know where ${far} is: give its round trip, such as ${far}=25`;
  }
  if (flags.rules !== undefined && !flags.prometheus) return '--rules needs --prometheus';
  return null;
}

function addRegression(text: string, others: readonly Regression[]): readonly Regression[] {
  const one = parseRegression(text);
  if (others.some(({ region }) => region === one.region)) {
    throw new Error(`${one.region} is given twice`);
  }
  return [...others, one];
}

function isChosen({ regions }: Flags, code: string): boolean {
  return regions.codes.includes(code);
}

function parseFolder(text: string): string {
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return resolve(text);
  throw new Error(`"${text}" is not a folder`);
}

function parseSchedule(text: string): string {
  if (cron.validate(text)) return text;
  throw new Error(`"${text}" is not a cron expression of five fields, or six with seconds first`);
}
