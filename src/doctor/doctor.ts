import type { CliDeps } from '../base/cli-deps.js';
import type { ArgumentTargets } from '../config/argument-targets.js';
import type { Config } from '../config/config.js';
import { titleOf } from '../ping/render.js';
import { labelsOf } from '../ping/report.js';
import { createScreen } from '../ping/screen.js';
import { databaseChecks, fleetChecks } from './all-checks.js';
import { createFleetSubject } from './checks/fleet-subject.js';
import { examine, examineFleet } from './examine.js';
import { createJournal, type JournalOptions } from './journal.js';
import { toJson } from './json.js';
import type { DoctorOptions } from './options.js';
import { createPatient } from './patient/patient.js';
import { isSound, type Report } from './report.js';

type Deps = Pick<CliDeps, 'env' | 'stdout' | 'onSignal'>;

/**
 * Looks at databases, one after the other, and prints what it finds, also when a signal ends it.
 *
 * @returns the exit code: 0 nothing is broken, 1 something is.
 */
export async function runDoctor(
  chosen: ArgumentTargets,
  options: DoctorOptions,
  deps: Deps,
): Promise<number> {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort(new Error('interrupted'));
  const stopListening = deps.onSignal(interrupt);
  const screen = createScreen(deps.stdout, interrupt);
  const colour = screen.isTerminal && deps.env.NO_COLOR === undefined;
  const visit = { options, signal: interruption.signal };
  const journalOptions = { screen, render: { colour, width: screen.width }, isQuiet: options.json };
  try {
    const databases = await lookAtDatabases(chosen, visit, journalOptions);
    const fleet = await lookAtFleet(chosen.config, visit, journalOptions);
    if (options.json) screen.lines([JSON.stringify(toJson(databases, fleet), null, 2)]);
    return isSound([...databases, ...(fleet === null ? [] : [fleet])]) ? 0 : 1;
  } finally {
    screen.stop();
    stopListening();
  }
}

interface Visit {
  readonly options: DoctorOptions;
  readonly signal: AbortSignal;
}

/** One after the other, so that there are two connections at most. */
async function lookAtDatabases(
  { targets, config }: ArgumentTargets,
  { options, signal }: Visit,
  journalOptions: JournalOptions,
): Promise<Report[]> {
  const reports: Report[] = [];
  const labels = labelsOf(targets, config !== null);
  const checks = databaseChecks(options.idleMs);
  for (const [i, target] of targets.entries()) {
    const label = labels[i] ?? target.name;
    const journal = createJournal({ label, title: titleOf(label, target), checks }, journalOptions);
    const patient = createPatient({ target, config, timeoutMs: options.timeoutMs, signal });
    try {
      await examine(checks, patient, journal.note);
    } finally {
      await patient.close();
    }
    reports.push(journal.end());
  }
  return reports;
}

/** null: the configuration tells of none. */
async function lookAtFleet(
  config: Config | null,
  { signal }: Visit,
  journalOptions: JournalOptions,
): Promise<Report | null> {
  const checks = fleetChecks(config);
  if (config === null || checks.length === 0) return null;
  const title = `the fleet ${config.fleet}, from ${config.region.code}`;
  const journal = createJournal({ label: config.fleet, title, checks }, journalOptions);
  await examineFleet(checks, createFleetSubject(config, signal), journal.note);
  return journal.end();
}
