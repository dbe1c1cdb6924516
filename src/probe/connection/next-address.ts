import pg from 'pg';
import { toFailure } from '../results/failure.js';
import { ATTEMPT_REASONS, type Failure } from '../results/result.js';
import { TlsHandshakeError } from './encrypt.js';

/** The failure of an attempt at one address, named. */
export function attemptFailure(address: string, error: unknown): Failure {
  const failure = toFailure(error);
  return { ...failure, message: `${address}: ${failure.message}` };
}

/**
 * Whether the next address is worth a try: this one cannot be reached, hangs, breaks off, or does not speak
 * PostgreSQL. Not so when the server has answered: it refuses the login, is not ready for clients, is a
 * standby, or has a certificate that is not trusted. So it is in libpq, where ErrorResponse ends the
 * search among a name's addresses, and connect_timeout goes on with the next one at every stage. A
 * connection that breaks off after the handshake ends the search there, and here it does not.
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/interfaces/libpq/fe-connect.c, PQconnectPoll
 */
export function isForNextAddress(error: unknown): boolean {
  if (error instanceof TlsHandshakeError) return true;
  const { reason } = toFailure(error);
  if (error instanceof pg.DatabaseError || reason === 'tls') return false;
  return (ATTEMPT_REASONS as readonly string[]).includes(reason);
}
