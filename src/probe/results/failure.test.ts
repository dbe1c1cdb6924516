import pg from 'pg';
import { describe, expect, test } from 'vitest';
import {
  AnswerTooLargeError,
  OwnAnswerTooLargeError,
  DeadlineError,
  isStartupParameterRefusal,
  ProbeError,
  ProtocolError,
  StandbyError,
  toFailure,
} from './failure.js';
import { FAILURE_REASONS } from './result.js';
import { MAX_TEXT_LENGTH } from './visible-text.js';

function coded(code: string, message = 'text', more: object = {}): Error {
  return Object.assign(new Error(message), { code, ...more });
}

describe('an error with a reason of its own keeps it', () => {
  test.each([
    [new DeadlineError(500), 'timeout', 'no answer within 500 ms'],
    [new AnswerTooLargeError(65_536), 'protocol', /more than 64 KiB in one answer/],
    [
      new OwnAnswerTooLargeError(new AnswerTooLargeError(1_048_576)),
      'sql',
      /1 MiB of rows; select fewer/,
    ],
    [new StandbyError(), 'read_only', /standby/],
    [new ProtocolError('odd'), 'protocol', 'odd'],
    [new ProbeError('dns', 'no such user', { cause: coded('28P01') }), 'dns', 'no such user'],
  ])('%s', (error, reason, message) => {
    expect(toFailure(error)).toEqual({
      ok: false,
      reason,
      message: typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
    });
  });
});

test.each([
  ['57014', 'timeout'],
  ['25P04', 'timeout'],
  ['08001', 'refused'],
  ['08004', 'refused'],
  ['57P03', 'refused'],
  ['28P01', 'auth'],
  ['28000', 'auth'],
  ['3D000', 'missing_database'],
  ['57P04', 'missing_database'],
  ['53300', 'too_many_connections'],
  ['53000', 'out_of_resources'],
  ['53200', 'out_of_resources'],
  ['53400', 'out_of_resources'],
  ['53100', 'disk_full'],
  ['25006', 'read_only'],
  ['57P01', 'terminated'],
  ['57P02', 'terminated'],
  ['57P05', 'terminated'],
  ['25P03', 'terminated'],
  ['08006', 'terminated'],
  ['55P03', 'lock_timeout'],
  ['40001', 'conflict'],
  ['40P01', 'conflict'],
  ['55006', 'conflict'],
  ['42P01', 'missing_table'],
  ['3F000', 'missing_table'],
  ['42501', 'permission'],
  ['08P01', 'protocol'],
  ['0A000', 'sql'],
  ['22P02', 'sql'],
  ['25P02', 'sql'],
  ['42704', 'sql'],
  ['55000', 'sql'],
  ['58030', 'sql'],
  ['XX000', 'sql'],
  ['XX001', 'sql'],
  ['P0001', 'sql'],
])('SQLSTATE %s → %s, in whatever language', (code, reason) => {
  expect(toFailure(coded(code, 'Вот так'))).toMatchObject({ reason });
});

test.each([
  ['ETIMEDOUT', 'timeout'],
  ['ECONNREFUSED', 'refused'],
  ['ENOENT', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EACCES', 'unreachable'],
  ['EPERM', 'unreachable'],
  ['EINVAL', 'unreachable'],
  ['EAFNOSUPPORT', 'unreachable'],
  ['ECONNRESET', 'terminated'],
  ['ECONNABORTED', 'terminated'],
  ['ERR_STREAM_DESTROYED', 'terminated'],
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['EAI_OVERFLOW', 'dns'],
  ['EPROTO', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['CERT_HAS_EXPIRED', 'tls'],
  ['CERT_NOT_YET_VALID', 'tls'],
  ['CERT_REVOKED', 'tls'],
  ['CRL_HAS_EXPIRED', 'tls'],
  ['ERROR_IN_CERT_NOT_AFTER_FIELD', 'tls'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
  ['INVALID_PURPOSE', 'tls'],
  ['HOSTNAME_MISMATCH', 'tls'],
  ['EMFILE', 'internal'],
  ['ENFILE', 'internal'],
  ['ENOMEM', 'internal'],
  ['EAI_MEMORY', 'internal'],
  ['ERR_INVALID_ARG_TYPE', 'internal'],
])('%s of connect → %s', (code, reason) => {
  expect(toFailure(coded(code, 'text', { syscall: 'connect' }))).toMatchObject({ reason });
});

test('a file that is missing is a bug here, and not a socket that is not there', () => {
  expect(toFailure(coded('ENOENT', 'text', { syscall: 'open' })).reason).toBe('internal');
});

test.each([
  ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'auth'],
  ['SASL: Only mechanism(s) SCRAM-SHA-256 are supported', 'auth'],
  ['SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match', 'auth'],
  ['SASL: SCRAM-SERVER-FIRST-MESSAGE: nonce missing', 'protocol'],
  ['Received unexpected copyData message from backend.', 'protocol'],
  ['Connection terminated unexpectedly', 'terminated'],
  ['x is not a function', 'internal'],
])('the driver says “%s” → %s', (text, reason) => {
  expect(toFailure(new Error(text))).toMatchObject({ reason, message: text });
});

test.each([
  // PgBouncer
  ['08P01', 'no such database: app', 'missing_database'],
  ['08P01', 'database "app" is disabled', 'refused'],
  ['08P01', 'no such user: app', 'auth'],
  ['08P01', 'SASL authentication failed', 'auth'],
  ['08P01', '"trust" authentication failed', 'auth'],
  ['08P01', 'server login failed: wrong password type', 'auth'],
  ['08P01', 'no more connections allowed (max_client_conn)', 'too_many_connections'],
  ['08P01', 'client connections exceeded (max_user_client_connections)', 'too_many_connections'],
  ['08P01', 'query_wait_timeout', 'timeout'],
  ['08P01', 'query_timeout', 'timeout'],
  ['08P01', 'transaction timeout', 'timeout'],
  ['08P01', 'client_login_timeout (server down)', 'timeout'],
  ['08P01', 'idle transaction timeout', 'terminated'],
  ['08P01', 'client_idle_timeout', 'terminated'],
  ['08P01', 'server conn crashed?', 'terminated'],
  ['08P01', 'pooler is shutting down', 'refused'],
  ['08P01', 'pgbouncer cannot connect to server', 'refused'],
  [
    '08P01',
    'server login has been failing, cached error: connect failed (server_login_retry)',
    'refused',
  ],
  [
    '08P01',
    'server login has been failing, cached error: password authentication failed for user "app" (server_login_retry)',
    'auth',
  ],
  [
    '08P01',
    'server login has been failing, cached error: database "app" does not exist (server_login_retry)',
    'missing_database',
  ],
  ['08P01', 'too many connections for role "app"', 'too_many_connections'],
  ['08P01', 'bouncer config error', 'sql'],
  ['08P01', 'SSL required', 'tls'],
  ['08P01', 'unsupported startup parameter: statement_timeout', 'sql'],
  // Supavisor, before and since its errors have codes
  ['XX000', 'Tenant or user not found', 'auth'],
  ['XX000', '(ENOTFOUND) tenant/user postgres.abc not found', 'auth'],
  ['XX000', 'Max client connections reached', 'too_many_connections'],
  ['XX000', '(EMAXCONN) max client connections reached, limit: 200', 'too_many_connections'],
  [
    'XX000',
    'MaxClientsInSessionMode: max clients reached - in Session mode max clients are limited to pool_size',
    'too_many_connections',
  ],
  ['XX000', 'Unable to check out process from the pool due to timeout', 'timeout'],
  [
    'XX000',
    '(ECHECKOUTTIMEOUT) unable to check out connection from the pool after 60000ms in Transaction mode',
    'timeout',
  ],
  ['XX000', 'Authentication error, reason: "Invalid format for user or db_name"', 'auth'],
  ['08006', '(EAUTHTIMEOUT) timeout while waiting for message', 'timeout'],
  ['08006', 'Failed to connect to database: connection refused', 'refused'],
  ['XX000', 'DbHandler exited. Check logs for more information', 'terminated'],
  ['XX000', 'SSL connection is required', 'tls'],
  // RDS Proxy
  ['08000', 'Timed-out waiting to acquire database connection', 'timeout'],
  ['28000', 'This RDS Proxy requires TLS connections.', 'tls'],
  ['28000', 'IAM is allowed only with SSL connections.', 'tls'],
  [
    '28000',
    'This RDS proxy has no credentials for the role app. Check the credentials for this role and try again.',
    'auth',
  ],
  [
    '53000',
    'The maximum number of client connections to the proxy exceeded 100.',
    'too_many_connections',
  ],
  ['XX000', 'Request returned an error: database "app" does not exist', 'missing_database'],
  [
    '0A000',
    "Feature not supported: RDS Proxy currently doesn't support command-line options.",
    'sql',
  ],
  // pgcat
  ['58000', 'No pool configured for database: "app", user: "app"', 'missing_database'],
  ['58000', 'could not get connection from the pool - AllServersDown', 'refused'],
  ['58000', 'could not get connection from the pool - TimedOut', 'timeout'],
  ['58000', 'pool statement timeout', 'timeout'],
  ['58000', 'terminating connection due to administrator command', 'terminated'],
  // Odyssey
  ['08006', 'odyssey: c1: failed to connect to remote server s1', 'refused'],
  ['08006', 'odyssey: c1: remote server read/write error s1', 'terminated'],
  ['3D000', "odyssey: c1: route for 'app.app' is not found", 'missing_database'],
  // pgpool-II
  ['08S01', 'pgpool is not accepting any new connections', 'refused'],
  ['XX000', 'failed to create a backend connection', 'refused'],
  ['XX000', 'unable to read data from DB node 0', 'terminated'],
  ['53300', 'Sorry, too many clients already', 'too_many_connections'],
  // Neon
  ['28000', 'The endpoint has been disabled. Enable it using the API and retry.', 'refused'],
  ['XX000', 'Control plane request failed: endpoint is disabled', 'refused'],
  ['XX000', 'Control plane request failed: endpoint cannot be found', 'missing_database'],
  [
    'XX000',
    'Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.',
    'out_of_resources',
  ],
  [
    'XX000',
    'Too many connections to this endpoint. Please try again later.',
    'too_many_connections',
  ],
  ['XX000', 'This connection is trying to access this endpoint from a blocked network.', 'auth'],
  // Azure's gateway
  ['28000', 'SSL connection is required. Please specify SSL options and retry.', 'tls'],
])('under %s, “%s” → %s', (code, text, reason) => {
  expect(toFailure(coded(code, text))).toMatchObject({ reason });
});

test('a code that says what happened is not talked out of it by a text', () => {
  expect(toFailure(coded('42501', 'no such user: query_wait_timeout')).reason).toBe('permission');
});

test('a database that lets nobody in is refused, although its code says anything', () => {
  const text = 'database "app" is not currently accepting connections';
  expect(toFailure(coded('55000', text)).reason).toBe('refused');
});

// A server's code is any text at all, and the thread could not post a reason that is a function.
test.each(['constructor', '__proto__', 'toString', ''])(
  'a server whose error has the code “%s” has a reason of the list',
  (code) => {
    expect(FAILURE_REASONS).toContain(toFailure(coded(code)).reason);
    expect(() => structuredClone(toFailure(coded(code)))).not.toThrow();
  },
);

test.each([null, undefined, 'a string', 42, new Error('')])(
  '%s is an internal failure',
  (thrown) => {
    const failure = toFailure(thrown);
    expect(failure.reason).toBe('internal');
    expect(failure.message).toMatch(/\w/);
  },
);

test('an error of several addresses says what each of them said', () => {
  const error = new AggregateError([coded('ECONNREFUSED', 'one'), coded('ECONNREFUSED', 'two')]);
  Object.assign(error, { code: 'ECONNREFUSED' });
  expect(toFailure(error)).toEqual({ ok: false, reason: 'refused', message: 'one; two' });
});

test('a long text with controls in it becomes a short line, with the remedy at its end', () => {
  const text = `\u001b[31mno such user: ${'z'.repeat(1 << 20)}`;
  const { reason, message } = toFailure(coded('08P01', text));
  expect(reason).toBe('auth');
  expect(message).toMatch(/^\\u001b\[31mno such user: z+…; add the role to PgBouncer's auth_file/);
  expect(message.length).toBeLessThan(MAX_TEXT_LENGTH + 200);
});

test.each([
  [coded('UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), /; the authority .* DB_CA_FILE/],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), /; give a name .* DB_TLS_SERVERNAME/],
  [new ProbeError('tls', 'text', { cause: coded('CERT_HAS_EXPIRED') }), /; renew the server's/],
  [coded('EMFILE'), /; this process has no file descriptor left/],
  [coded('XX001'), /; the server cannot read its own data/],
  [coded('XX000', 'Tenant or user not found'), /; the user name carries the project/],
])('%s says what to do', (error, message) => {
  expect(toFailure(error).message).toMatch(message);
});

test.each([
  ['unsupported startup parameter: statement_timeout', true],
  ['unsupported startup parameter in options: statement_timeout', true],
  ["unsupported options startup parameter: only '-c config=val' is allowed", true],
  ["Feature not supported: RDS Proxy currently doesn't support command-line options.", true],
  ['RDS supports only IAM or MD5 authentication.', false],
  ['no such database: app', false],
])('“%s” refuses a startup parameter: %s', (text, refuses) => {
  expect(isStartupParameterRefusal(coded('08P01', text))).toBe(refuses);
});

test.each([undefined, '', 'ABORT_ERR', 'ECONNREFUSED', 'constructor', '12'])(
  'an error of a server with %j in the place of a SQLSTATE is not our own fault',
  (code) => {
    const error = Object.assign(new pg.DatabaseError('any text', 10, 'error'), { code });
    expect(toFailure(error)).toMatchObject({ reason: 'protocol', message: 'any text' });
  },
);
