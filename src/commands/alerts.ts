import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { addAlertsTestCommand } from './alerts-test.js';

/** Adds `pglatency alerts` and what belongs to it. */
export function addAlertsCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): void {
  const alerts = program.command('alerts').description('try the alerts');
  addAlertsTestCommand(alerts, deps, exit);
}
