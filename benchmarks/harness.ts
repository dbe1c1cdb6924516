import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { atExit } from '../src/lab/at-exit.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/lab/embedded-postgres.js';
import { spawnCli, type CliProcess } from '../test/helpers/cli.js';

// So that an interrupted benchmark ends what it started: `atExit` runs at process.exit alone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => process.exit(1));
}

/** What a benchmark of a whole backend works with: the built command, on a real PostgreSQL. */
export interface Bench {
  readonly url: string;
  readonly backend: CliProcess;
  readonly postgres: EmbeddedPostgres;
}

/** Starts a production backend on an embedded PostgreSQL, by `launcher`, hands it over, and cleans up. */
export async function withBackend<T>(
  env: Record<string, string>,
  use: (bench: Bench) => Promise<T>,
  launcher: readonly string[] = [],
): Promise<T> {
  const postgres = await startEmbeddedPostgres();
  let backend: CliProcess | undefined;
  try {
    const backendEnv = {
      NODE_ENV: 'production',
      LISTEN_HOST: '127.0.0.1',
      PORT: '0',
      DB_HOST: postgres.host,
      DB_PORT: String(postgres.port),
      DB_USER: postgres.user,
      DB_PASSWORD: postgres.password,
      DB_NAME: 'postgres',
      DB_SSLMODE: 'disable',
      ...env,
    };
    backend = spawnCli(['serve'], backendEnv, [], launcher);
    atExit(() => backend?.kill('SIGKILL'));
    return await use({ url: await backend.listening(), backend, postgres });
  } finally {
    backend?.kill('SIGTERM');
    await backend?.ended;
    await postgres.dispose();
  }
}

/**
 * The options of a benchmark: numbers with a default each, and --json. Prints the help and ends when
 * asked for it.
 */
export function readOptions<Name extends string>(
  command: string,
  description: string,
  numbers: Readonly<Record<Name, { default: number; help: string }>>,
): Record<Name, number> & { json: boolean } {
  const names = Object.keys(numbers) as Name[];
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      json: { type: 'boolean', default: false },
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
    },
  });
  if (values.help) {
    const lines = names.map(
      (name) => `  --${name} N  ${numbers[name].help} (default ${numbers[name].default})`,
    );
    console.log(`npm run ${command} -- [options]\n\n${description}\n\n${lines.join('\n')}`);
    console.log('  --json  print the figures as JSON');
    process.exit(0);
  }
  const given = values as unknown as Record<string, string | undefined>;
  const read = (name: Name) => {
    const value = Number(given[name] ?? numbers[name].default);
    if (!(value > 0)) throw new Error(`--${name}: expected a number above 0`);
    return value;
  };
  const entries = names.map((name) => [name, read(name)]);
  return { ...(Object.fromEntries(entries) as Record<Name, number>), json: values.json };
}

/** The resident set of a process. */
export async function residentMb(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1_024;
}

/** Progress, for people, beside the figures on standard output. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Prints the verdict and sets the exit code. */
export function conclude(isGood: boolean, requirement: string): void {
  progress(`${isGood ? 'ok' : 'FAIL'}: ${requirement}`);
  process.exitCode = isGood ? 0 : 1;
}
