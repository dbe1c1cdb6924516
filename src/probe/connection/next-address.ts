import pg from 'pg';
import { ProbeError, toFailure } from '../results/failure.js';
import { ATTEMPT_REASONS, type Failure } from '../results/result.js';
import { TlsHandshakeError } from './encrypt.js';
import { UnfitSessionError } from './session-role.js';

/** The failure of an attempt at one address or host, named. */
export function attemptFailure(label: string, error: unknown): Failure {
  const failure = toFailure(error);
  return { ...failure, message: `${label}: ${failure.message}` };
}

/** Several addresses of a host were tried, and each gave way to the next: what each of them said. */
export class NoAddressError extends ProbeError {
  constructor(failures: readonly Failure[], last: unknown) {
    super(toFailure(last).reason, failures.map(({ message }) => message).join('; '));
  }
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

/** PostgreSQL's cannot_connect_now: it starts up, shuts down, or recovers. */
const CANNOT_CONNECT_NOW = '57P03';

/**
 * Whether the next host of a target is worth a try: none of this one's addresses can be used, its name has none, it
 * is not ready for clients, or it is not what target_session_attrs asks for. A server that refuses the login, or
 * whose certificate is not trusted, ends the search, as in libpq.
 */
export function isForNextHost(error: unknown): boolean {
  if (error instanceof NoAddressError || error instanceof UnfitSessionError) return true;
  if (error instanceof pg.DatabaseError) return error.code === CANNOT_CONNECT_NOW;
  return isForNextAddress(error);
}
