import { ProbeError } from '../results/failure.js';

/** Longer than any error that a server sends before the session begins; libpq's bound. */
export const MAX_EARLY_ERROR_BYTES = 30_000;
const ERROR = 0x45;
const HEADER_BYTES = 5;

/**
 * A server that cannot start a process for a connection says so in the form of protocol 2: an E, the text
 * (in the server's language) and a NUL. Its first letters would be an absurd length.
 * https://github.com/postgres/postgres, report_fork_failure_to_client, and libpq's PQconnectPoll
 *
 * @returns null when the first answer is something else.
 */
export function bareError(answer: Buffer): ProbeError | 'unfinished' | null {
  // Every length below 16 MiB begins with a NUL, and no text does.
  if (answer[0] !== ERROR || answer.length < HEADER_BYTES || answer[1] === 0) return null;
  const nul = answer.indexOf(0, 1);
  if (nul !== -1) return new ProbeError('out_of_resources', answer.toString('utf8', 1, nul).trim());
  return answer.length > MAX_EARLY_ERROR_BYTES ? null : 'unfinished';
}
