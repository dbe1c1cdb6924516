import type { Operation } from '../probe/results/result.js';
import { operationsOf, type BucketLayout, type Target } from '../config/target.js';

/** What makes a target's series, and in which buckets its operations are counted. */
export type MeasuredTarget = Pick<Target, 'name' | 'mode' | 'replicaOf' | 'operations' | 'queries'>;

/** How series come into being at zero, and go. */
export interface SeriesHooks {
  addTarget(target: string): void;
  removeTarget(target: string): void;
  /** A target that is read-only. */
  addReplica(target: string): void;
  removeReplica(target: string): void;
  addOperation(target: string, operation: Operation): void;
  removeOperation(target: string, operation: Operation): void;
}

/** Which targets and operations have series now. */
export interface TargetSeries {
  /** Makes the series of what is new, removes those of what has gone, and leaves the others alone. */
  replace(targets: readonly MeasuredTarget[], hooks: SeriesHooks): void;
  has(target: string, operation: Operation): boolean;
  hasReplica(target: string): boolean;
  layoutOf(target: string, operation: string): BucketLayout;
}

interface OperationSeries {
  readonly target: string;
  readonly operation: Operation;
  readonly layout: BucketLayout;
}

export function createTargetSeries(): TargetSeries {
  let names: ReadonlySet<string> = new Set();
  let replicas: ReadonlySet<string> = new Set();
  let series = new Map<string, OperationSeries>();

  return {
    replace(targets, hooks) {
      const next = new Map(targets.flatMap(seriesOf).map((each) => [keyOf(each), each]));
      const differs = (key: string) => series.get(key)?.layout !== next.get(key)?.layout;
      for (const [key, { target, operation }] of series) {
        if (differs(key)) hooks.removeOperation(target, operation);
      }
      const added = [...next].filter(([key]) => differs(key));
      series = next;
      names = follow(names, targets, [hooks.addTarget, hooks.removeTarget]);
      const readOnly = targets.filter(({ mode }) => mode === 'read-only');
      replicas = follow(replicas, readOnly, [hooks.addReplica, hooks.removeReplica]);
      for (const [, { target, operation }] of added) hooks.addOperation(target, operation);
    },
    hasReplica: (target) => replicas.has(target),
    has: (target, operation) => series.has(keyOf({ target, operation })),
    layoutOf: (target, operation) =>
      series.get(keyOf({ target, operation }))?.layout ?? 'operation',
  };
}

function seriesOf(target: MeasuredTarget): OperationSeries[] {
  return operationsOf(target).map((operation) => ({
    target: target.name,
    operation,
    layout: layoutOf(target, operation),
  }));
}

/** A new connection takes several round trips. */
function layoutOf({ queries }: MeasuredTarget, operation: Operation): BucketLayout {
  if (operation === 'connect') return 'connect';
  return queries.find((query) => query.operation === operation)?.buckets ?? 'operation';
}

function keyOf({ target, operation }: { target: string; operation: string }): string {
  return `${target} ${operation}`;
}

/** Adds and removes the names that make the difference; returns the new ones. */
function follow(
  names: ReadonlySet<string>,
  targets: readonly MeasuredTarget[],
  [add, remove]: readonly [(name: string) => void, (name: string) => void],
): ReadonlySet<string> {
  const next = new Set(targets.map(({ name }) => name));
  for (const name of names) if (!next.has(name)) remove(name);
  for (const name of next) if (!names.has(name)) add(name);
  return next;
}
