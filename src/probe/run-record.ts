import { performance } from 'node:perf_hooks';
import { operationsOf, type Target } from '../config/target.js';
import type {
  Failure,
  Operation,
  Progress,
  RunOutcome,
  RunResult,
  Sample,
  Trigger,
} from './results/result.js';

/** What the main thread knows of a run under way: enough for its result, should its thread end under it. */
export interface RunRecord {
  /** Takes a sample in; false when it is more than the run can have. */
  add(progress: Progress): boolean;
  /**
   * The failures to add for a thread that ended: one for each operation without a sample. If each has one, one
   * for each operation whose rounds are not all known.
   */
  owed(failure: Failure): Progress[];
  /** The result of the run that ended now, with the samples that are known. */
  result(outcome: RunOutcome, failure: Failure | null): RunResult;
}

export function recordRun(
  target: Target,
  { trigger, iterations }: { readonly trigger: Trigger; readonly iterations: number },
): RunRecord {
  const startedAt = Date.now();
  const start = performance.now();
  const possible = operationsOf(target);
  const samples = new Map<Operation, Sample[]>(plannedOf(target).map((name) => [name, []]));
  const roundsOf = (operation: Operation) => (operation === 'connect' ? 1 : iterations);

  return {
    add({ operation, sample }) {
      const known = samples.get(operation) ?? [];
      if (!possible.includes(operation) || known.length >= roundsOf(operation)) return false;
      known.push(sample);
      samples.set(operation, known);
      return true;
    },

    owed(failure) {
      const progress = [...samples].map(([operation, known]) => ({
        operation,
        round: known.length + 1,
        rounds: roundsOf(operation),
        sample: failure,
      }));
      const without = progress.filter(({ round }) => round === 1);
      if (without.length > 0) return without;
      return progress.filter(({ round, rounds }) => round <= rounds);
    },

    result(outcome, failure) {
      const isReplica = target.mode === 'read-only';
      return {
        target: target.name,
        trigger,
        iterations,
        startedAt,
        durationMs: performance.now() - start,
        outcome,
        samples: Object.fromEntries(samples),
        connection: null,
        failedAttempts: [],
        pooler: target.pooler,
        tableRows: null,
        replica: isReplica
          ? { lagMs: null, visibility: target.replicaOf === null ? null : failure }
          : null,
        retentionFailure: isReplica ? null : failure,
      };
    },
  };
}

/** Without the own queries that not every run has: whether this one has them is the thread's to know. */
function plannedOf({ operations, queries }: Target): Operation[] {
  return operationsOf({ operations, queries: queries.filter(({ everyRuns }) => everyRuns === 1) });
}
