import { Command, CommanderError } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { ConfigError, messageOf } from '../base/errors.js';
import { VERSION } from '../base/version.js';
import { addAlertsCommand } from './alerts.js';
import { addAuditCommand } from './audit.js';
import { addBenchCommand } from './bench.js';
import { addConfigCommand } from './config.js';
import { addDoctorCommand } from './doctor.js';
import { addFleetCommand } from './fleet.js';
import { addLabCommand } from './lab.js';
import { addPingCommand } from './ping.js';
import { addRelayCommand } from './relay.js';
import { addRulesCommand } from './rules.js';
import { addSchemaCommand } from './schema.js';
import { addServeCommand } from './serve.js';
import { addWireguardCommand } from './wireguard.js';

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
