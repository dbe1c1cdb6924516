#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { addBenchCommand } from './commands/bench.js';
import type { CliDeps, EndSignal } from './base/cli-deps.js';
import { loadConfig, type Environment } from './config/config.js';
import { describeConfig } from './config/describe-config.js';
import { ConfigError, messageOf } from './base/errors.js';
import { addLabCommand } from './commands/lab.js';
import { addRelayCommand } from './commands/relay.js';
import { addSchemaCommand } from './commands/schema.js';
import { VERSION } from './base/version.js';
import { addWireguardCommand } from './commands/wireguard.js';

/**
 * Runs `pglatency`.
 *
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage.
 */
export async function main(argv: readonly string[], deps: CliDeps): Promise<number> {
  let exitCode = 0;
  const program = createProgram(deps, (code) => (exitCode = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const text = error instanceof ConfigError ? error.message : messageOf(error);
    deps.stderr.write(`pglatency: ${text}\n`);
    return 1;
  }
}

function createProgram(deps: CliDeps, exit: (code: number) => void): Command {
  const program = new Command('pglatency')
    .description('PostgreSQL latency, measured from every region, all the time')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(pglatency --help lists the commands)')
    .configureOutput({
      writeOut: (text) => deps.stdout.write(text),
      writeErr: (text) => deps.stderr.write(text),
    });

  program
    .command('serve')
    .description("run one region's backend, configured by the environment")
    .option('--embedded', 'without DB_HOST, and outside production: start a PostgreSQL to measure')
    .action(async ({ embedded }: { embedded?: true }) => {
      const { env } = deps;
      const hasDatabase = (env.DB_HOST ?? '') !== '' || env.NODE_ENV === 'production';
      exit(await (embedded && !hasDatabase ? serveEmbedded(deps) : serveConfigured(env, deps)));
    });

  addLabCommand(program, deps, exit);
  addRelayCommand(program, deps);
  addBenchCommand(program, deps, exit);

  program
    .command('config')
    .description('print the effective configuration, without secrets')
    .option('--check', 'print nothing when it is valid; exit 1 with every problem when it is not')
    .action(({ check }: { check?: true }) => {
      const config = loadConfig(deps.env);
      if (!check) deps.stdout.write(`${JSON.stringify(describeConfig(config), null, 2)}\n`);
    });

  addSchemaCommand(program, deps);
  addWireguardCommand(program, deps);

  return program;
}

/** Loaded on demand: the other commands start without it. */
async function serveConfigured(env: Environment, deps: CliDeps): Promise<number> {
  const { serve } = await import('./backend/serve.js');
  return serve(env, deps);
}

async function serveEmbedded(deps: CliDeps): Promise<number> {
  const { startFallbackDatabase } = await import('./lab/fallback.js');
  deps.stderr.write(
    'DB_HOST is not set: starting an embedded PostgreSQL, for as long as this runs\n',
  );
  const database = await startFallbackDatabase();
  try {
    return await serveConfigured({ ...deps.env, ...database.env }, deps);
  } finally {
    await database.dispose();
  }
}

const END_SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

function onSignal(listener: (signal: EndSignal) => void): () => void {
  for (const signal of END_SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of END_SIGNALS) process.off(signal, listener);
  };
}

/** Exits when standard output is written: a pipe may not have taken all of it yet. */
async function run(): Promise<void> {
  const { stdin, stdout, stderr } = process;
  const env = { ...process.env };
  // The driver reads libpq's variables by itself wherever it is told nothing.
  for (const name of Object.keys(env))
    if (name.startsWith('PG')) Reflect.deleteProperty(process.env, name);
  const code = await main(process.argv.slice(2), { env, stdin, stdout, stderr, onSignal });
  stdout.write('', () => process.exit(code));
}

await run();
