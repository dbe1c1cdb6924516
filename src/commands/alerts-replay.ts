import { InvalidArgumentError, type Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { DEFAULT_FLEET } from '../config/fields.js';
import { FLEET_FILE, fleetFilePath } from '../config/fleet-file.js';
import { findProgram } from '../lab/find-program.js';
import { toMarkdown, toText } from '../replay/print.js';
import { replay } from '../replay/replay.js';
import { reportOf, type Report } from '../replay/report.js';
import { rulesFleetOf } from '../rules/from-file.js';
import { loadFleet } from './rendered-files.js';

interface Options {
  readonly prometheus: URL;
  readonly from: number;
  readonly to?: number;
  readonly file?: string;
  readonly alarmsAWeek?: number;
  readonly json?: true;
  readonly markdown?: true;
}

type Deps = Pick<CliDeps, 'env' | 'stdout' | 'stderr' | 'onSignal'>;

/** Adds `pglatency alerts replay`. */
export function addAlertsReplayCommand(
  alerts: Command,
  deps: Deps,
  exit: (code: number) => void,
): void {
  alerts
    .command('replay')
    .description("run the fleet's alert rules over the history that a Prometheus has")
    .requiredOption(
      '--prometheus <url>',
      'where the history is, such as http://localhost:9090',
      toUrl,
    )
    .requiredOption(
      '--from <time>',
      'the start of the time, such as 2026-11-01 or 2026-11-01T08:00Z',
      toTime,
    )
    .option('--to <time>', 'the end of the time (default: now)', toTime)
    .option('--file <path>', `the fleet's file (default: PGLATENCY_FILE, or ${FLEET_FILE})`)
    .option(
      '--alarms-a-week <count>',
      'try other limits too, and print the lowest that does not fire more often',
      toCount,
    )
    .option('--json', 'print the result as JSON')
    .option('--markdown', 'print the result as Markdown')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      exit(await run(options, deps));
    });
}

const HELP = `
A separate Prometheus evaluates the rules, in a temporary folder: prometheus and promtool must be on the
PATH. Nothing is written to yours. The rules learn from a week what is normal, so the command also reads up
to seven days before --from. --alarms-a-week counts every alert of that time as a false one: choose a time
without incidents. Exit code: 0 done, 1 there is no history or it cannot be read, 2 wrong usage.`;

async function run(options: Options, deps: Deps): Promise<number> {
  const { env, stdout, stderr } = deps;
  for (const program of ['prometheus', 'promtool']) {
    if ((await findProgram(program, env.PATH)) === null) {
      throw new Error(
        `${program} is not on the PATH: "alerts replay" evaluates the rules with it (Debian: prometheus)`,
      );
    }
  }
  const file = loadFleet(options.file ?? fleetFilePath(env) ?? FLEET_FILE);
  const name = file.fleet ?? DEFAULT_FLEET;
  const { from, to = Math.floor(Date.now() / 1_000) } = options;
  if (to <= from) throw new Error('--to must be later than --from');
  const ended = new AbortController();
  const forget = deps.onSignal(() => {
    ended.abort();
  });
  try {
    const done = await replay({
      prometheus: options.prometheus,
      fleet: { ...rulesFleetOf(file, name), fleet: name },
      from,
      to,
      thresholds: options.alarmsAWeek !== undefined,
      progress: (message) => stderr.write(`${message}\n`),
      signal: ended.signal,
    });
    if (done === null) {
      stderr.write(
        `pglatency: ${options.prometheus.origin} has no history of the fleet ${name} at that time\n`,
      );
      return 1;
    }
    const alarmsAWeek = options.alarmsAWeek ?? null;
    stdout.write(written(reportOf(done, { fleet: name, from, to, alarmsAWeek }), options));
    return 0;
  } catch (error) {
    if (ended.signal.aborted) return 1;
    throw error;
  } finally {
    forget();
  }
}

function written(report: Report, { json, markdown }: Options): string {
  if (json === true) return `${JSON.stringify(report, null, 2)}\n`;
  return markdown === true ? toMarkdown(report) : toText(report);
}

function toUrl(text: string): URL {
  if (!URL.canParse(text) || !['http:', 'https:'].includes(new URL(text).protocol)) {
    // Not the value: it may hold a password.
    throw new InvalidArgumentError('Expected an address that begins with http:// or https://.');
  }
  return new URL(text);
}

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?$/;

/** Unix seconds; without a zone UTC. */
function toTime(text: string): number {
  const zoned = /T.*(Z|[+-]\d\d:\d\d)$/.test(text)
    ? text
    : `${text}${text.includes('T') ? 'Z' : ''}`;
  const time = TIME.test(text) ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new InvalidArgumentError('Expected a day (2026-11-01) or a time (2026-11-01T08:00Z).');
  }
  return Math.floor(time / 1_000);
}

function toCount(text: string): number {
  const count = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(count)) throw new InvalidArgumentError('Expected a number such as 0, 0.5 or 2.');
  return count;
}
