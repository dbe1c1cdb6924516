import type { CliDeps } from '../base/cli-deps.js';
import type { ArgumentTargets } from '../config/argument-targets.js';
import type { Target } from '../config/target.js';
import { titleOf } from '../ping/render.js';
import { labelsOf } from '../ping/report.js';
import { createScreen } from '../ping/screen.js';
import { databaseChecks } from './all-checks.js';
import { examine } from './examine.js';
import { createJournal, type Journal } from './journal.js';
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
  const render = { colour, width: screen.width };
  const { targets, config } = chosen;
  const labels = labelsOf(targets, config !== null);
  try {
    const reports: Report[] = [];
    for (const [i, target] of targets.entries()) {
      const label = labels[i] ?? target.name;
      const journal = createJournal(
        { label, title: titleOf(label, target), checks: databaseChecks(options.idleMs) },
        { screen, render, isQuiet: options.json },
      );
      await lookAt(target, chosen, { options, journal, signal: interruption.signal });
      reports.push(journal.end());
    }
    if (options.json) screen.lines([JSON.stringify(toJson(reports, null), null, 2)]);
    return isSound(reports) ? 0 : 1;
  } finally {
    screen.stop();
    stopListening();
  }
}

interface Visit {
  readonly options: DoctorOptions;
  readonly journal: Journal;
  readonly signal: AbortSignal;
}

async function lookAt(
  target: Target,
  { config }: ArgumentTargets,
  { options, journal, signal }: Visit,
): Promise<void> {
  const patient = createPatient({ target, config, timeoutMs: options.timeoutMs, signal });
  try {
    await examine(journal.checks, patient, journal.note);
  } finally {
    await patient.close();
  }
}
