import { expect } from 'vitest';
import { argumentTargets } from '../../src/config/argument-targets.js';
import type { Config } from '../../src/config/config.js';
import type { Target } from '../../src/config/target.js';
import type { Check, Finding } from '../../src/doctor/checks/check.js';
import { createPatient } from '../../src/doctor/patient/patient.js';
import { spawnCli, type CliProcess } from './cli.js';

export interface DoctorFinding {
  readonly status: string;
  readonly found: string;
  readonly why: string;
  readonly mend: string | null;
}

export interface DoctorReport {
  readonly target: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly checks: readonly {
    readonly check: string;
    readonly status: string;
    readonly findings: readonly DoctorFinding[];
  }[];
}

export interface DoctorDocument {
  readonly targets: readonly DoctorReport[];
  readonly fleet: DoctorReport | null;
}

export interface Visit {
  readonly code: number | NodeJS.Signals;
  readonly document: DoctorDocument;
  /** The status of each check of the first database. */
  readonly statuses: Readonly<Record<string, string>>;
  /** The findings of one check, of the first database or of the fleet. */
  of(check: string): readonly DoctorFinding[];
}

/** Runs `pglatency doctor --json`. */
export async function visit(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  launcher: readonly string[] = [],
): Promise<Visit> {
  return readVisit(spawnCli(['doctor', '--json', ...args], { ...env }, [], launcher));
}

export async function readVisit(cli: CliProcess): Promise<Visit> {
  const code = await cli.ended;
  expect(cli.stderr()).toBe('');
  const document = JSON.parse(cli.stdout()) as DoctorDocument;
  const [first] = document.targets;
  const reports = [first, document.fleet].flatMap((report) => report?.checks ?? []);
  return {
    code,
    document,
    statuses: Object.fromEntries((first?.checks ?? []).map((it) => [it.check, it.status])),
    of: (check) => reports.find((it) => it.check === check)?.findings ?? [],
  };
}

export interface LookOptions {
  readonly config?: Config | null;
  readonly timeoutMs?: number;
  /** Over what the connection string says. */
  readonly target?: Partial<Target>;
}

/** Runs one check in this process, on the database of a connection string. */
export async function look(
  check: Check,
  url: string,
  { config = null, timeoutMs = 5_000, target: over = {} }: LookOptions = {},
): Promise<readonly Finding[]> {
  const [target] = argumentTargets([url], {}).targets;
  if (target === undefined) throw new Error('no target');
  const { signal } = new AbortController();
  const patient = createPatient({ target: { ...target, ...over }, config, timeoutMs, signal });
  try {
    return await check.run(patient);
  } finally {
    await patient.close();
  }
}

/** The only finding; fails where there are more. */
export async function lookForOne(...args: Parameters<typeof look>): Promise<Finding> {
  const [finding, ...more] = await look(...args);
  expect(more).toEqual([]);
  return finding as Finding;
}
