import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from './config.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-targets-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What is said of a file, without its name. */
function problemsOf(yaml: string): string[] {
  const file = join(folder, 'targets.yaml');
  writeFileSync(file, yaml);
  try {
    loadConfig({ DB_HOST: 'db.example', TARGETS_FILE: file });
  } catch (error) {
    const [, ...lines] = (error as Error).message.split('\n');
    return lines.map((line) => line.trim().replace(`${file}: `, ''));
  }
  return [];
}

const target = (rest: string) => `targets:\n- {name: a, host: h, ${rest}}`;
const query = (rest: string) => `queries:\n- {name: q, sql: "select $1", ${rest}}`;

describe('a secret in the wrong place is not repeated', () => {
  test.each([
    ['a password in clear', target('password: hidden'), 'targets[0].password'],
    ['one that YAML takes for an alias', target('password: *hidden '), 'begins with *'],
    ['one that YAML takes for a block', 'targets:\n- password: |hidden', 'line 2, column'],
    ['one with a wrong escape', 'targets:\n- password: "\\Uhidden00"', 'line 2, column'],
    ['one after a bracket too many', 'targets: []}hidden', 'line 1, column'],
    ['an address', 'targets:\n- {name: a, host: "postgres://u:hidden@h/d"}', 'targets[0].host'],
    ["a variable's name", target('password_env: "hidden!"'), 'targets[0].password_env'],
    ['a query', `queries:\n- {name: q, sql: "hidden ${'x'.repeat(10_000)}"}`, 'queries[0].sql'],
  ])('%s', (_, yaml, place) => {
    const problems = problemsOf(yaml).join('\n');
    expect(problems).toContain(place);
    expect(problems).not.toContain('hidden');
  });

  test('an address with a password as DB_HOST', () => {
    const load = () => loadConfig({ DB_HOST: 'postgres://u:hidden@h/d' });
    expect(load).toThrow(/DB_HOST: expected a host name/);
    expect(load).not.toThrow(/hidden/);
  });
});

test('a number that has lost digits is refused, and one in quotes is not', () => {
  expect(problemsOf(query('parameters: [12345678901234567890]'))).toEqual([
    'queries[0].parameters[0]: expected a whole number of at most 15 digits; put a larger one in quotes',
  ]);
  expect(problemsOf(query('parameters: ["12345678901234567890"]'))).toEqual([]);
  expect(problemsOf(query('parameters: [-9007199254740991]'))).toEqual([]);
});
