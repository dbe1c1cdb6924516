import { expect, test } from 'vitest';
import { AnswerTooLargeError, DeadlineError, toFailure } from './failure.js';

function coded(code: string, message = 'text'): Error {
  return Object.assign(new Error(message), { code });
}

test.each([
  [new DeadlineError(500), 'timeout'],
  [coded('57014'), 'timeout'],
  [new AnswerTooLargeError(1), 'sql'],
  [coded('ETIMEDOUT'), 'timeout'],
  [coded('ECONNREFUSED'), 'refused'],
  [coded('57P03'), 'refused'],
  [coded('EHOSTUNREACH'), 'unreachable'],
  [coded('ENOTFOUND'), 'dns'],
  [coded('EAI_AGAIN'), 'dns'],
  [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls'],
  [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'tls'],
  [coded('CERT_HAS_EXPIRED'), 'tls'],
  [coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls'],
  [new Error('The server does not support SSL connections'), 'tls'],
  [coded('28P01'), 'auth'],
  [coded('28000'), 'auth'],
  [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), 'auth'],
  [coded('53300'), 'too_many_connections'],
  [coded('25006'), 'read_only'],
  [coded('57P01'), 'terminated'],
  [coded('08006'), 'terminated'],
  [coded('08P01'), 'sql'],
  [coded('ECONNRESET'), 'terminated'],
  [new Error('Connection terminated unexpectedly'), 'terminated'],
  [coded('42P01'), 'missing_table'],
  [coded('42501'), 'permission'],
  [coded('3D000'), 'sql'],
  [coded('22012'), 'sql'],
  [new TypeError('x is not a function'), 'internal'],
  ['a string', 'internal'],
])('%s → %s', (error, reason) => {
  expect(toFailure(error).reason).toBe(reason);
});

test('an error of several addresses says what each of them said', () => {
  const error = new AggregateError([coded('ECONNREFUSED', 'one'), coded('ECONNREFUSED', 'two')]);
  Object.assign(error, { code: 'ECONNREFUSED' });
  expect(toFailure(error)).toEqual({ ok: false, reason: 'refused', message: 'one; two' });
});

test.each([
  'unsupported startup parameter: statement_timeout',
  "Feature not supported: RDS Proxy currently doesn't support command-line options.",
])('a pooler that refuses a startup parameter is named, with the remedy: %s', (text) => {
  expect(toFailure(coded('08P01', text))).toMatchObject({
    reason: 'sql',
    message: `${text}; this is a pooler: set \`pooler: true\` for this target, DB_POOLER=true for the primary`,
  });
});
