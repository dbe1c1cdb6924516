import type { SessionAttributes, Target } from '../../config/target.js';
import { ProbeError, StandbyError } from '../results/failure.js';
import { messageOf } from '../../base/errors.js';
import type { Connection } from './connection.js';

/** The session works, and is not what target_session_attrs asks for: the next host may be. */
export class UnfitSessionError extends ProbeError {
  constructor(wanted: SessionAttributes, why: string, options?: ErrorOptions) {
    super('read_only', `${why}, and target_session_attrs=${wanted} is asked for`, options);
  }
}

/**
 * Holds a new connection to libpq's target_session_attrs, by what the server has reported of itself; one before
 * PostgreSQL 14, and some poolers, do not say it and are asked. So does libpq: CONNECTION_CHECK_TARGET of
 * https://github.com/postgres/postgres/blob/REL_17_STABLE/src/interfaces/libpq/fe-connect.c, PQconnectPoll
 *
 * @throws UnfitSessionError; StandbyError where the configuration calls a standby read-write; the connection's
 * error when it ends.
 */
export async function checkRole(connection: Connection, wanted: SessionAttributes): Promise<void> {
  const { target } = connection;
  if (wanted === 'read-write' || wanted === 'read-only') {
    const isReadOnly = await isSessionReadOnly(connection, wanted);
    if (isReadOnly !== (wanted === 'read-only')) {
      throw new UnfitSessionError(
        wanted,
        isReadOnly ? 'the session is read-only' : 'the session is not read-only',
      );
    }
  } else if (wanted !== 'any') {
    const isStandby = await isServerStandby(connection, wanted);
    if (isStandby === (wanted === 'primary')) {
      throw new UnfitSessionError(
        wanted,
        isStandby ? 'the server is a standby' : 'the server is not a standby',
      );
    }
  }
  assertWritable(connection, target);
}

function assertWritable(connection: Connection, { mode }: Target): void {
  if (mode === 'read-write' && connection.setting('in_hot_standby') === 'on') {
    throw new StandbyError();
  }
}

async function isSessionReadOnly(connection: Connection, wanted: SessionAttributes) {
  const reported = [
    connection.setting('default_transaction_read_only'),
    connection.setting('in_hot_standby'),
  ];
  if (!reported.includes(null)) return reported.includes('on');
  return (await answerOf(connection, 'SHOW transaction_read_only', wanted)) === 'on';
}

async function isServerStandby(connection: Connection, wanted: SessionAttributes) {
  const reported = connection.setting('in_hot_standby');
  if (reported !== null) return reported === 'on';
  return (await answerOf(connection, 'SELECT pg_catalog.pg_is_in_recovery()', wanted)) === 't';
}

async function answerOf(connection: Connection, text: string, wanted: SessionAttributes) {
  try {
    const { rows } = await connection.ask([{ text }]);
    return rows[0]?.[0];
  } catch (error) {
    if (!connection.isAlive()) throw error;
    const why = `the server does not answer ${text}: ${messageOf(error)}`;
    throw new UnfitSessionError(wanted, why, { cause: error });
  }
}
