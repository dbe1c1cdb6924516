import { BUILT_IN_OPERATIONS, type BuiltInOperation } from '../../config/target.js';
import {
  samplesByOperation,
  type Failure,
  type FailureReason,
  type Operation,
  type RunResult,
  type Sample,
} from './result.js';
import { summarise, type Statistics } from './statistics.js';

/** Failures in one run that share a reason. */
export interface FailureCount {
  readonly reason: FailureReason;
  readonly count: number;
  /** What the latest of them said. */
  readonly message: string;
}

export interface OperationResult {
  /** Milliseconds of the successful samples, in order. */
  readonly durationsMs: readonly number[];
  readonly statistics: Statistics;
  readonly failures: readonly FailureCount[];
}

/** Every built-in operation, and the own queries that the run had. */
export type OperationResults = Readonly<Record<BuiltInOperation, OperationResult>> &
  Readonly<Partial<Record<Operation, OperationResult>>>;

/**
 * Each operation of a run: its successes as statistics, its failures by reason. A built-in operation
 * that the run did not have has neither.
 */
export function summariseRun({ samples }: RunResult): OperationResults {
  const builtIn = BUILT_IN_OPERATIONS.map((name) => [name, samples[name] ?? []] as const);
  return Object.fromEntries(
    [...builtIn, ...samplesByOperation(samples)].map(([name, of]) => [name, summariseSamples(of)]),
  ) as unknown as OperationResults;
}

function summariseSamples(samples: readonly Sample[]): OperationResult {
  const durationsMs = samples.flatMap((s) => (s.ok ? [s.durationMs] : []));
  const failures = countFailures(samples.flatMap((s) => (s.ok ? [] : [s])));
  return { durationsMs, statistics: summarise(durationsMs), failures };
}

/** One entry a reason, in the order of their first. */
export function countFailures(failures: readonly Failure[]): FailureCount[] {
  const counts = new Map<FailureReason, FailureCount>();
  for (const { reason, message } of failures) {
    counts.set(reason, { reason, count: (counts.get(reason)?.count ?? 0) + 1, message });
  }
  return [...counts.values()];
}

export interface OperationFailure extends FailureCount {
  readonly operation: Operation;
}

/** Each operation with its result, in order. */
export function resultsByOperation(results: OperationResults): [Operation, OperationResult][] {
  return Object.entries(results) as [Operation, OperationResult][];
}

/** The failures of all operations, in order. */
export function failuresOf(results: OperationResults): OperationFailure[] {
  return resultsByOperation(results).flatMap(([operation, { failures }]) =>
    failures.map((failure) => ({ operation, ...failure })),
  );
}
