/** One thing that is wrong with an input: which field, its value (null when it is a secret), why. */
export interface Problem {
  readonly field: string;
  readonly value: string | null;
  readonly expected: string;
}

/**
 * One line for a person: the field, its value, and what is allowed. A value with an @ is left out: it may
 * be an address with a password in it.
 */
export function describeProblem({ field, value, expected }: Problem): string {
  return value === null || value.includes('@')
    ? `${field}: expected ${expected}`
    : `${field}: ${JSON.stringify(value)} is not allowed; expected ${expected}`;
}

/** A configuration that cannot be used. Carries every problem, so that one start shows them all. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly Problem[]) {
    super(`invalid configuration\n${problems.map((p) => `  ${describeProblem(p)}`).join('\n')}`);
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
