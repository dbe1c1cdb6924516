import { OPERATIONS, type FailureReason, type Operation, type RunResult } from './result.js';
import { summarise, type Statistics } from './statistics.js';

/** Failures of one operation in one run that share a reason. */
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

/** Each operation of a run: its successes as statistics, its failures by reason. */
export function summariseRun({ samples }: RunResult): Record<Operation, OperationResult> {
  const entries = OPERATIONS.map((operation) => {
    const durationsMs = samples[operation].flatMap((s) => (s.ok ? [s.durationMs] : []));
    const counts = new Map<FailureReason, FailureCount>();
    for (const sample of samples[operation]) {
      if (sample.ok) continue;
      const { reason, message } = sample;
      counts.set(reason, { reason, count: (counts.get(reason)?.count ?? 0) + 1, message });
    }
    return [
      operation,
      { durationsMs, statistics: summarise(durationsMs), failures: [...counts.values()] },
    ];
  });
  return Object.fromEntries(entries) as Record<Operation, OperationResult>;
}
