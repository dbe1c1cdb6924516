import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { loadConfig } from '../config/config.js';
import { askForRegion } from '../config/metadata-service.js';
import { describeMisspelling, misspeltVariables } from '../config/misspelt-variables.js';
import { describeConfig } from '../config/describe-config.js';

const NO_DATABASE =
  'no database is named, so nothing would be measured. Set DATABASE_URL, DB_HOST or PGHOST, or list targets in ' +
  'pglatency.yaml or TARGETS_FILE. If this is intended: --allow-no-database';

/** Adds `pglatency config`. */
export function addConfigCommand(
  program: Command,
  {
    env,
    stdout,
    stderr,
    metadataAddress,
  }: Pick<CliDeps, 'env' | 'stdout' | 'stderr' | 'metadataAddress'>,
): void {
  program
    .command('config')
    .description('print the effective configuration, without secrets')
    .option('--check', 'print nothing if it is valid; otherwise print every problem and exit 1')
    .option('--allow-no-database', 'with --check: a backend without a database is intended')
    .action(async ({ check, allowNoDatabase }: { check?: true; allowNoDatabase?: true }) => {
      const told = await askForRegion(env, metadataAddress);
      const config = loadConfig(env, told);
      for (const found of misspeltVariables(env)) stderr.write(`${describeMisspelling(found)}\n`);
      if (told?.code === null) stderr.write(`the region is not known: ${told.source}\n`);
      if (check && config.targets.length === 0 && !allowNoDatabase) throw new Error(NO_DATABASE);
      if (!check) stdout.write(`${JSON.stringify(describeConfig(config), null, 2)}\n`);
    });
}
