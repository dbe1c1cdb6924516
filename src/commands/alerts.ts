import type { Command } from 'commander';
import type { CliDeps } from '../base/cli-deps.js';
import { addAlertsReplayCommand } from './alerts-replay.js';
import { addAlertsTestCommand } from './alerts-test.js';

/** Adds `pglatency alerts` and what belongs to it. */
export function addAlertsCommand(
  program: Command,
  deps: CliDeps,
  exit: (code: number) => void,
): void {
  const alerts = program
    .command('alerts')
    .description('test the alerts, or replay them over your own history');
  addAlertsTestCommand(alerts, deps, exit);
  addAlertsReplayCommand(alerts, deps, exit);
}
