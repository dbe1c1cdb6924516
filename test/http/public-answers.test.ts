import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withoutParameters } from '../../src/probe/own-queries.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { createTargetsFile } from '../helpers/targets-file.js';
import { until } from '../helpers/until.js';

const TOKEN = 'a-token-of-sixteen-or-more';
const BEARER = { headers: { Authorization: `Bearer ${TOKEN}` } };
const PERSON = 'alice@example.com';

let database: TestDatabase;
let backend: TestBackend;
const file = createTargetsFile();

beforeAll(async () => {
  database = await createDatabase();
  const { DB_HOST: host, DB_PORT: port } = database.env;
  file.write(
    [{ name: 'gone', host, port: Number(port), database: 'no_such_database' }],
    [{ name: 'people', sql: 'SELECT $1::int', parameters: [PERSON], targets: ['primary'] }],
  );
  backend = await startTestBackend({
    ...database.env,
    SCHEDULE: '* * * * * *',
    ITERATIONS: '1',
    TARGETS_FILE: file.path,
    API_TOKEN: TOKEN,
  });
  await until(async () => {
    const { body } = await backend.get<{ runs: object[] }>('/api/latest');
    return body.runs.length === 2;
  });
});

afterAll(async () => {
  await backend.close();
  await database.drop();
  rmSync(file.folder, { recursive: true });
});

const textOf = async (path: string, init?: RequestInit) =>
  JSON.stringify((await backend.get(path, init)).body);

describe('what a server says of a failure', () => {
  test.each(['/api/latest', '/api/rds/latest', '/api/fleet'])(
    'is not in %s without the token: states, reasons and our words are',
    async (path) => {
      const text = await textOf(path);
      expect(text).not.toContain('alice');
      expect(text).not.toContain('no_such_database');
      expect(text).toContain('"missing_database"');
      expect(text).toContain('the database does not exist');
      if (path !== '/api/fleet') expect(text).toContain('the server refused the statement');
    },
  );

  test('is there with the token, unless it is of an own query', async () => {
    for (const path of ['/api/latest', '/api/fleet']) {
      const text = await textOf(path, BEARER);
      expect(text).toContain('database \\"no_such_database\\" does not exist');
      expect(text).not.toContain('alice');
    }
    const run = await textOf('/api/benchmark', BEARER);
    expect(run).toContain('the server refused the statement');
    expect(run).not.toContain('alice');
  });

  test('of an own query is in the log, without its parameters', () => {
    const log = JSON.stringify(backend.logs);
    expect(log).toContain('invalid input syntax for type integer: \\"$1\\"');
    expect(log).not.toContain('alice');
  });
});

test.each([
  ['bad value "alice@example.com" and alice@example.com', [PERSON], 'bad value "$1" and $1'],
  ['line 5: bad value "5"', [5], 'line 5: bad value "$1"'],
  ['bad value "x$&y"', ['x$&y', null, ''], 'bad value "$1"'],
])('a parameter is left out of %s', (message, parameters, expected) => {
  expect(withoutParameters(message, parameters)).toBe(expected);
});
