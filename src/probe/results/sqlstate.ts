import type { FailureReason } from './result.js';

/**
 * SQLSTATE → reason; the first two characters of a code are its class.
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 *
 * The server translates its texts (lc_messages) and never its codes, so the code decides. Each cause of a
 * cancelled statement has one: 57014 is statement_timeout or a CancelRequest, 55P03 lock_timeout, 40001 and
 * 40P01 a conflict with recovery.
 */
const BY_CODE: ReadonlyMap<string, FailureReason> = new Map([
  ['08001', 'refused'], // sqlclient_unable_to_establish_sqlconnection
  ['08004', 'refused'], // sqlserver_rejected_establishment_of_sqlconnection
  ['08P01', 'protocol'], // protocol_violation; pooler-texts.ts has what poolers mean by it
  ['25006', 'read_only'], // read_only_sql_transaction
  ['25P03', 'terminated'], // idle_in_transaction_session_timeout
  ['25P04', 'timeout'], // transaction_timeout, from PostgreSQL 17 on
  ['3D000', 'missing_database'], // invalid_catalog_name
  ['3F000', 'missing_table'], // invalid_schema_name: no schema, so no table in it
  ['42501', 'permission'], // insufficient_privilege; a row that row-level security refuses, too
  ['42P01', 'missing_table'], // undefined_table
  ['53100', 'disk_full'],
  ['53300', 'too_many_connections'],
  ['55006', 'conflict'], // object_in_use
  ['55P03', 'lock_timeout'], // lock_not_available: lock_timeout, NOWAIT
  ['57014', 'timeout'], // query_canceled
  ['57P03', 'refused'], // cannot_connect_now: starting up, shutting down, in recovery
  ['57P04', 'missing_database'], // database_dropped, under the connection
]);

const BY_CLASS: ReadonlyMap<string, FailureReason> = new Map([
  ['08', 'terminated'], // connection_exception
  ['28', 'auth'], // wrong password, unknown role, no pg_hba.conf entry, a role that may not log in
  ['40', 'conflict'], // serialization_failure, deadlock_detected, both also for a conflict with recovery
  ['53', 'out_of_resources'], // out_of_memory, configuration_limit_exceeded (temp_file_limit)
  ['57', 'terminated'], // admin_shutdown, crash_shutdown, idle_session_timeout
]);

/** `datallowconn` is off, or the database is half dropped: under a code that is used for many other things. */
const CLOSED_DATABASE = /not currently accepting connections|cannot connect to invalid database/;

/** The reason that a SQLSTATE stands for; undefined: it is none. `text` helps where the code says nothing. */
export function reasonOfSqlState(code: string, text: string): FailureReason | undefined {
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined;
  if (code === '55000' && CLOSED_DATABASE.test(text)) return 'refused';
  return BY_CODE.get(code) ?? BY_CLASS.get(code.slice(0, 2)) ?? 'sql';
}
