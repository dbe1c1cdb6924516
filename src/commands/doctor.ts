import { Option, type Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { DEFAULT_TIMEOUT_MS, parseDoctorTimeout, parseIdle } from '../doctor/options.js';
import { targetsOrUsage } from './ping.js';
import { usage } from './usage.js';

interface Flags {
  readonly idle?: number;
  readonly timeout: number;
  readonly json?: true;
}

/** Adds `pglatency doctor`. What it needs is loaded when it runs. */
export function addDoctorCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): void {
  const command = program
    .command('doctor')
    .description('all that is wrong with a database and the way to it, and what mends it')
    .argument('[url]', 'a connection string; default: the databases of the environment')
    .addOption(
      new Option(
        '--idle <duration>',
        'also see whether a connection lives that says nothing for so long, such as 10m',
      ).argParser(usage(parseIdle)),
    )
    .addOption(
      new Option('--timeout <duration>', 'of each step')
        .argParser(usage(parseDoctorTimeout))
        .default(DEFAULT_TIMEOUT_MS, '5s'),
    )
    .option('--json', 'one JSON document, at the end')
    .addHelpText('after', HELP);
  command.action(async (url: string | undefined, flags: Flags) => {
    const chosen = targetsOrUsage(command, url === undefined ? [] : [url], deps);
    const { runDoctor } = await import('../doctor/doctor.js');
    const { idle, timeout, json = false } = flags;
    exit(await runDoctor(chosen, { idleMs: idle ?? null, timeoutMs: timeout, json }, deps));
  });
}

const HELP = `
It changes nothing: it asks in transactions that may only read, makes no table, and has two connections at
most. Without a connection string it looks at the fleet too: peers, the tunnel, and what Prometheus sees.
Others on this machine can read the arguments of a command: keep the password in PGPASSWORD, ~/.pgpass or
DATABASE_URL.

Exit code: 0 nothing is broken, also with warnings; 1 something is; 2 wrong usage.`;
