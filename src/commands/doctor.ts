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
    .description('find what is wrong with a database and the way to it, and how to repair it')
    .argument('[url]', 'a connection string; default: the databases of the environment')
    .addOption(
      new Option(
        '--idle <duration>',
        'also check whether a connection survives this long without traffic, such as 10m',
      ).argParser(usage(parseIdle)),
    )
    .addOption(
      new Option('--timeout <duration>', 'deadline of each step')
        .argParser(usage(parseDoctorTimeout))
        .default(DEFAULT_TIMEOUT_MS, '5s'),
    )
    .option('--json', 'print one JSON document at the end')
    .addHelpText('after', HELP);
  command.action(async (url: string | undefined, flags: Flags) => {
    const chosen = targetsOrUsage(command, url === undefined ? [] : [url], deps);
    const { runDoctor } = await import('../doctor/doctor.js');
    const { idle, timeout, json = false } = flags;
    exit(await runDoctor(chosen, { idleMs: idle ?? null, timeoutMs: timeout, json }, deps));
  });
}

const HELP = `
It changes nothing: its transactions are read-only, it makes no table, and it opens at most two connections.
Without a connection string it also checks the fleet: peers, the tunnel, and what Prometheus sees.
Other users of this machine can read the arguments of a command. Keep the password in PGPASSWORD, ~/.pgpass or
DATABASE_URL.

Exit code: 0 nothing is broken (there may be warnings), 1 something is broken, 2 wrong usage.`;
