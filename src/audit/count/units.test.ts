import { describe, expect, it } from 'vitest';
import { newFlight, type Flight } from './flight.js';
import type { Role, Statement } from './statements.js';
import { splitTag } from './tags.js';
import type { Unit } from './unit.js';
import { createUnitBuilder } from './units.js';

const STATEMENTS: Readonly<Record<string, [string, Role]>> = {
  BEGIN: ['BEGIN', 'begin'],
  COMMIT: ['COMMIT', 'end'],
  SET: ['SET', 'settings'],
  DISCARD: ['DISCARD', 'settings'],
  'SELECT 1': ['SELECT', 'ping'],
  select: ['SELECT', 'work'],
  insert: ['INSERT', 'work'],
};

interface Step {
  /** A key of STATEMENTS, with a comment behind it if need be. */
  readonly sql: string;
  readonly pauseMs?: number;
  readonly applicationName?: string;
}

/** The units that a builder with a pause of 20 ms makes of statements sent one after another. */
function unitsOf(...steps: (string | Step)[]): string[] {
  const units: Unit[] = [];
  const builder = createUnitBuilder(1, { pauseMs: 20, roundTripMs: () => 0 }, (unit) =>
    units.push(unit),
  );
  let at = 0;
  let isInTransaction = false;
  for (const step of steps) {
    const {
      sql,
      pauseMs = 1,
      applicationName = null,
    } = typeof step === 'string' ? { sql: step } : step;
    at += pauseMs;
    const { sql: text, tag } = splitTag(sql);
    const [verb, role] = STATEMENTS[text.trim()] as [string, Role];
    if (role === 'begin') isInTransaction = true;
    if (role === 'end') isInTransaction = false;
    const statement: Statement = {
      fingerprint: '0'.repeat(16),
      verbs: [verb],
      roles: [role],
      isRead: true,
    };
    const flight: Flight = {
      ...newFlight(1, at),
      demandedAt: at,
      answeredAt: at + 1,
      isIdleAfter: !isInTransaction,
      applicationName,
      operations: [{ kind: 'query', statement, tag }],
    };
    at += 1;
    builder.add(flight);
  }
  builder.end();
  return units.map(({ name, trips, isCut }) => {
    const verbs = trips.map(({ flight }) => flight.operations[0]?.statement?.verbs[0]);
    return `${name ?? '-'}: ${verbs.join(' ')}${isCut ? ' (cut)' : ''}`;
  });
}

const a = "/*action='a'*/";
const b = "/*action='b'*/";
const traced = (name: string, digit: string) =>
  `/*action='${name}',traceparent='00-${digit.repeat(32)}-00f067aa0ba902b7-01'*/`;

describe('units', () => {
  it.each<[string, (string | Step)[], string[]]>([
    ['what comes without a pause', ['select', 'insert'], ['-: SELECT INSERT']],
    [
      'and what comes after one',
      ['select', { sql: 'insert', pauseMs: 30 }],
      ['-: SELECT', '-: INSERT'],
    ],
    [
      'a transaction, pauses in it or not',
      ['select', 'BEGIN', { sql: 'insert', pauseMs: 99 }, 'COMMIT', 'select'],
      ['-: SELECT', '-: BEGIN INSERT COMMIT', '-: SELECT'],
    ],
    [
      'two transactions',
      ['BEGIN', 'insert', 'COMMIT', 'BEGIN', 'select', 'COMMIT'],
      ['-: BEGIN INSERT COMMIT', '-: BEGIN SELECT COMMIT'],
    ],
    [
      'what a pool sends before and after it',
      ['select', 'SELECT 1', 'SET', 'BEGIN', 'insert', 'COMMIT', 'DISCARD', 'SELECT 1', 'select'],
      ['-: SELECT', '-: SELECT SET BEGIN INSERT COMMIT DISCARD', '-: SELECT SELECT'],
    ],
    ['one tag', [`select ${a}`, `insert ${a}`], ['a: SELECT INSERT']],
    ['two tags', [`select ${a}`, `insert ${b}`], ['a: SELECT', 'b: INSERT']],
    [
      'one tag after a pause',
      [`select ${a}`, { sql: `select ${a}`, pauseMs: 30 }],
      ['a: SELECT', 'a: SELECT'],
    ],
    ['what has no tag, before one that has', ['select', `insert ${a}`], ['-: SELECT', 'a: INSERT']],
    [
      'a tag over several transactions',
      ['BEGIN', `insert ${a}`, 'COMMIT', 'BEGIN', `insert ${a}`, 'COMMIT'],
      ['a: BEGIN INSERT COMMIT BEGIN INSERT COMMIT'],
    ],
    [
      'another tag in the next transaction',
      ['SET', 'BEGIN', `insert ${a}`, 'COMMIT', 'SET', 'BEGIN', `insert ${b}`, 'COMMIT'],
      ['a: SET BEGIN INSERT COMMIT', 'b: SET BEGIN INSERT COMMIT'],
    ],
    [
      'a request by its trace, pauses or not',
      [
        `select ${traced('a', '1')}`,
        { sql: `select ${traced('x', '1')}`, pauseMs: 99 },
        `select ${traced('a', '2')}`,
      ],
      ['a: SELECT SELECT', 'a: SELECT'],
    ],
    [
      'an application_name that is set for what follows',
      [
        'select',
        { sql: 'SET', applicationName: 'checkout' },
        'insert',
        'BEGIN',
        'insert',
        'COMMIT',
        { sql: 'SET', applicationName: '' },
        'select',
      ],
      ['-: SELECT', 'checkout: SET INSERT BEGIN INSERT COMMIT SET', '-: SELECT'],
    ],
    [
      'an application that names itself once',
      [{ sql: 'SET', applicationName: 'shop' }, 'select'],
      ['-: SET SELECT'],
    ],
    ['a transaction that does not end', ['BEGIN', 'insert'], ['-: BEGIN INSERT (cut)']],
  ])('%s', (_, steps, expected) => {
    expect(unitsOf(...steps)).toEqual(expected);
  });
});
