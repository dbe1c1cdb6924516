import type { TestBackend } from './backend.js';

export interface RunFailure {
  readonly reason: string;
  readonly message: string;
}

interface Failed {
  readonly failures: readonly (RunFailure & { readonly operation?: string })[];
}

/** Runs the benchmark of one round, and says why each operation failed, by its name; those that did not are left out. */
export async function runFailures(
  on: TestBackend,
  target = 'primary',
): Promise<Record<string, RunFailure>> {
  const { status, body } = await on.get<
    Failed & RunFailure & { error: string; queries?: Record<string, Failed> }
  >(`/api/rds/benchmark?iterations=1&target=${target}`);
  // Nothing succeeded: one reason for all.
  if (status !== 200) return { all: { reason: body.reason, message: body.error } };
  const failures = new Map<string, RunFailure>();
  for (const { operation, reason, message } of body.failures) {
    if (operation !== undefined) failures.set(operation, { reason, message });
  }
  for (const [name, query] of Object.entries(body.queries ?? {})) {
    const [first] = query.failures;
    if (first !== undefined) failures.set(name, { reason: first.reason, message: first.message });
  }
  return Object.fromEntries(failures);
}
