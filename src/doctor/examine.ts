import { toFailure } from '../probe/results/failure.js';
import { unknown, type Check, type Finding, type Place } from './checks/check.js';
import type { FleetSubject } from './checks/fleet-subject.js';
import type { Patient } from './patient/patient.js';

/** What a check found; null: it was interrupted before. */
export interface Result {
  readonly check: Pick<Check, 'name' | 'why'>;
  readonly findings: readonly Finding[] | null;
}

/**
 * Runs the checks: those on the session one after the other, those beside it at the same time, and then those that
 * need to be alone. `onResult`: told of each as soon as it is known, in any order.
 */
export async function examine(
  checks: readonly Check[],
  patient: Patient,
  onResult: (result: Result) => void,
): Promise<void> {
  const run = async (place: Place) => {
    for (const check of checks.filter((it) => it.place === place)) {
      const findings = await runCheck(check, patient);
      if (findings === null) return;
      onResult({ check, findings });
    }
  };
  await Promise.all([run('session'), run('beside')]);
  await run('alone');
}

/** Runs the fleet's checks side by side: they ask no database. */
export async function examineFleet(
  checks: readonly Check<FleetSubject>[],
  fleet: FleetSubject,
  onResult: (result: Result) => void,
): Promise<void> {
  await Promise.all(
    checks.map(async (check) => {
      const findings = await runCheck(check, fleet);
      if (findings !== null) onResult({ check, findings });
    }),
  );
}

/** null: interrupted. What goes wrong in one check costs only that one. */
export async function runCheck<Subject extends { readonly signal: AbortSignal }>(
  check: Check<Subject>,
  subject: Subject,
): Promise<readonly Finding[] | null> {
  const isInterrupted = () => subject.signal.aborted;
  if (isInterrupted()) return null;
  try {
    return await check.run(subject);
  } catch (error) {
    if (isInterrupted()) return null;
    const { reason, message } = toFailure(error);
    return [unknown(`it could not be checked: ${reason}: ${message}`)];
  }
}
