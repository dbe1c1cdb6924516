import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { loadConfig } from '../config/config.js';
import { describeConfig } from '../config/describe-config.js';

/** Adds `pglatency config`. */
export function addConfigCommand(
  program: Command,
  { env, stdout }: Pick<CliDeps, 'env' | 'stdout'>,
): void {
  program
    .command('config')
    .description('print the effective configuration, without secrets')
    .option('--check', 'print nothing when it is valid; exit 1 with every problem when it is not')
    .action(({ check }: { check?: true }) => {
      const config = loadConfig(env);
      if (!check) stdout.write(`${JSON.stringify(describeConfig(config), null, 2)}\n`);
    });
}
