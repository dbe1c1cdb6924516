#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import type { CliDeps, EndSignal } from './base/cli-deps.js';
import { ConfigError, messageOf } from './base/errors.js';
import { VERSION } from './base/version.js';
import { addAlertsCommand } from './commands/alerts.js';
import { addAuditCommand } from './commands/audit.js';
import { addBenchCommand } from './commands/bench.js';
import { addConfigCommand } from './commands/config.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addFleetCommand } from './commands/fleet.js';
import { addLabCommand } from './commands/lab.js';
import { addPingCommand } from './commands/ping.js';
import { addRelayCommand } from './commands/relay.js';
import { addRulesCommand } from './commands/rules.js';
import { addSchemaCommand } from './commands/schema.js';
import { addServeCommand } from './commands/serve.js';
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

  addServeCommand(program, deps, exit);
  addPingCommand(program, deps, exit);
  addDoctorCommand(program, deps, exit);
  addLabCommand(program, deps, exit);
  addRelayCommand(program, deps);
  addBenchCommand(program, deps, exit);
  addAuditCommand(program, deps, exit);
  addAlertsCommand(program, deps, exit);
  addConfigCommand(program, deps);
  addFleetCommand(program, deps, exit);
  addRulesCommand(program, deps, exit);
  addSchemaCommand(program, deps);
  addWireguardCommand(program, deps);

  return program;
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
