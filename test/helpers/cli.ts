import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from './until.js';

/** The built command. */
export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface CliProcess {
  readonly child: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The lines of standard output that are JSON objects: the log. */
  readonly logs: () => Record<string, unknown>[];
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The URL of a `serve` that listens. */
  listening(): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
}

/**
 * Runs the built command with this environment and nothing else but the PATH. `launcher`: a program with its
 * arguments that executes what follows them.
 */
export function spawnCli(
  args: readonly string[],
  env: Record<string, string> = {},
  nodeOptions: readonly string[] = [],
  launcher: readonly string[] = [],
): CliProcess {
  const command = [...launcher, process.execPath, ...nodeOptions, CLI, ...args];
  const child = spawn(command[0] as string, command.slice(1), {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'));
  });
  const logs = () =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    logs,
    ended,
    listening: () =>
      until(
        () => {
          if (child.exitCode !== null) throw new Error(`it ended: ${stderr}`);
          return logs().find(({ msg }) => msg === 'listening')?.url as string | undefined;
        },
        { what: 'listening', everyMs: 5 },
      ),
    kill: (signal = 'SIGTERM') => child.kill(signal),
  };
}

/** Runs the command to its end. */
export async function runCli(args: readonly string[], env: Record<string, string> = {}) {
  const cli = spawnCli(args, env);
  const code = await cli.ended;
  return { code, stdout: cli.stdout(), stderr: cli.stderr() };
}
