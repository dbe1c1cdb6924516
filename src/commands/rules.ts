import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { DEFAULT_FLEET } from '../config/fields.js';
import { FLEET_FILE, fleetFilePath } from '../config/fleet-file.js';
import { ruleFilesOf } from '../rules/files.js';
import { rulesFleetOf } from '../rules/from-file.js';
import { unitTestsOf } from '../rules/unit-tests/write-tests.js';
import { loadFleet, ofPackage, settle } from './rendered-files.js';

type Deps = Pick<CliDeps, 'env' | 'stdout' | 'stderr'>;

/** Adds `pglatency rules`. */
export function addRulesCommand(program: Command, deps: Deps, exit: (code: number) => void): void {
  program
    .command('rules')
    .description(
      "write only the alert rules of the fleet, their unit tests and Alertmanager's configuration",
    )
    .argument('<folder>', 'the folder to write to; it is created')
    .option('--file <path>', `the fleet's file (default: PGLATENCY_FILE, or ${FLEET_FILE})`)
    .option('--check', 'write nothing; exit 1 and name each file that is not up to date')
    .action((folder: string, { file, check }: { file?: string; check?: true }) => {
      const files = rulesFolder(file ?? fleetFilePath(deps.env) ?? FLEET_FILE);
      const command = `pglatency rules ${folder}`;
      exit(settle(folder, files, { check: check === true, command }, deps));
    });
}

/** @throws ConfigError where the file is wrong, or no rules can work for the fleet that it describes */
function rulesFolder(path: string): ReadonlyMap<string, string> {
  const file = loadFleet(path);
  const fleet = rulesFleetOf(file, file.fleet ?? DEFAULT_FLEET);
  const rules = ruleFilesOf(fleet);
  return new Map([
    ...[...rules].map(([name, text]) => [`rules/${name}`, text] as const),
    ...[...unitTestsOf(fleet, [...rules.keys()])].map(
      ([name, text]) => [`tests/${name}`, text] as const,
    ),
    ...ofPackage('prometheus', 'alertmanager.yml'),
    ...ofPackage('prometheus', '.tmpl'),
  ]);
}
