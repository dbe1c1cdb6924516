import type { Target } from '../../config/target.js';

/**
 * The application_name of a target's sessions, such as `pglatency/fra (10 s)`. The time is the longest
 * that a statement of the session may last before its client gives it up: so anybody who sees it active
 * for longer knows that the client has gone, whichever process or machine that was (see orphans.ts).
 */
export function sessionName(program: string, target: Target): string {
  return `${program} (${longestDeadlineMs(target) / 1_000} s)`;
}

/** In milliseconds. */
export function longestDeadlineMs({ operationTimeoutMs, queries }: Target): number {
  return Math.max(operationTimeoutMs, ...queries.map(({ timeoutMs }) => timeoutMs));
}
