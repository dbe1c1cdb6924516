import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import pg from 'pg';
import type { TestContext } from 'vitest';
import { findPgbench } from '../../benchmarks/find-pgbench.js';
import type { AuditedServer } from './audit.js';
import { runPsql } from './psql.js';
import { libpqEnvironment } from './libpq-environment.js';
import { requireTool } from './tools.js';

export type Place = AuditedServer & { readonly database: string };

/** A program that talks to a database, and the round trips that each of its units makes. */
export interface AuditedClient {
  readonly name: string;
  /** Of a unit of work; null: it makes units of several kinds. */
  readonly unitTrips: number | null;
  run(context: TestContext, place: Place): Promise<void>;
}

const READ = 'SELECT relname FROM pg_class WHERE oid = $1';
const WRITE = 'INSERT INTO audited (id, name) VALUES ($1, $2)';

async function withClient(place: Place, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ ...place });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

const nodePostgres: readonly AuditedClient[] = [
  {
    name: 'node-postgres, each statement alone',
    unitTrips: null,
    run: (_, place) =>
      withClient(place, async (client) => {
        await client.query('SELECT 5 AS simple');
        await client.query('SELECT 5 AS one; SELECT 6 AS two');
        for (let i = 0; i < 5; i++) {
          await client.query(READ, [i]);
          await client.query({ name: 'read', text: READ, values: [i] });
        }
        await client.query('SELECT 1/0').catch(() => undefined);
        await client.query('SELECT $1::int / 0', [1]).catch(() => undefined);
        await client.query("SELECT repeat('x', 2000000)");
      }),
  },
  {
    name: 'node-postgres, in transactions',
    unitTrips: 5,
    run: (_, place) =>
      withClient(place, async (client) => {
        for (let i = 0; i < 5; i++) {
          await client.query('BEGIN');
          await client.query(WRITE, [i, 'a name']);
          await client.query(READ, [i]);
          await client.query(READ, [i]);
          await client.query('COMMIT');
        }
      }),
  },
];

const psql: readonly AuditedClient[] = [
  {
    name: 'psql, each statement alone',
    unitTrips: null,
    async run(context, place) {
      const statements = [
        'SELECT 5',
        'SELECT 6; SELECT 7',
        'INSERT INTO audited VALUES (1)',
        '\\d',
      ];
      await succeed(runPsql(context, place, statements));
    },
  },
  {
    name: 'psql, in a transaction, with COPY both ways',
    unitTrips: 7,
    async run(context, place) {
      const statements = [
        'BEGIN',
        'INSERT INTO audited VALUES (1)',
        'COPY audited FROM STDIN',
        'SELECT count(*) FROM audited',
        'COPY audited TO STDOUT',
        'COMMIT',
      ];
      const rows = Array.from({ length: 20_000 }, (_, i) => `${i}\tname ${i}`).join('\n');
      await succeed(runPsql(context, place, statements, `${rows}\n`));
    },
  },
];

async function succeed(run: Promise<{ code: number | null; stderr: string }>): Promise<void> {
  const { code, stderr } = await run;
  if (code !== 0) throw new Error(`it ended with ${code}: ${stderr}`);
}

/** Runs a program of libpq's to its end. @throws Error with what it says where it fails. */
async function execute(program: string, args: readonly string[], place: Place): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: libpqEnvironment(place),
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${stderr}`);
}

const SCRIPTS = {
  'each statement alone': `\\set n random(1, 1000)
INSERT INTO audited (id, name) VALUES (:n, 'a name');
SELECT relname FROM pg_class WHERE oid = :n;
`,
  'in transactions': `\\set n random(1, 1000)
BEGIN;
INSERT INTO audited (id, name) VALUES (:n, 'a name');
SELECT relname FROM pg_class WHERE oid = :n;
COMMIT;
`,
} as const;

const pgbench: readonly AuditedClient[] = (['simple', 'extended', 'prepared'] as const).flatMap(
  (protocol) =>
    (['each statement alone', 'in transactions'] as const).map((way) => ({
      name: `pgbench -M ${protocol}, ${way}`,
      unitTrips: way === 'in transactions' ? 4 : null,
      async run(context: TestContext, place: Place) {
        const program = await findPgbench();
        if (program === null) {
          requireTool(context, 'pgbench', 'Debian: apt install postgresql-15');
          return;
        }
        const folder = mkdtempSync(join(tmpdir(), 'audit-pgbench-'));
        const file = join(folder, 'script.sql');
        writeFileSync(file, SCRIPTS[way]);
        try {
          await execute(program, ['-n', '-M', protocol, '-f', file, '-c', '2', '-t', '10'], place);
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
    })),
);

const PYTHON = '/usr/bin/python3';
const UNITS_OF_PYTHON = `
import importlib, sys
connection = importlib.import_module(sys.argv[1]).connect('')
connection.autocommit = sys.argv[2] == 'alone'
cursor = connection.cursor()
for i in range(8):
    cursor.execute('INSERT INTO audited (id, name) VALUES (%s, %s)', (i, 'a name'))
    cursor.execute('SELECT relname FROM pg_class WHERE oid = %s', (i,))
    cursor.fetchall()
    if not connection.autocommit:
        connection.commit()
connection.close()
`;

function requirePython(context: TestContext, module: string): void {
  if (spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0) return;
  const message = `${module} is missing (Debian: apt install python3-${module})`;
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`\n*** SKIPPED, because ${message}: ${context.task.name} ***\n`);
  context.skip(message);
}

/** Version 3 prepares a statement when it comes for the sixth time. */
const python: readonly AuditedClient[] = ['psycopg2', 'psycopg'].flatMap((module) =>
  ['alone', 'in transactions'].map((way) => ({
    name: `${module}, ${way}`,
    unitTrips: way === 'alone' ? null : 4,
    run(context: TestContext, place: Place) {
      requirePython(context, module);
      return execute(PYTHON, ['-c', UNITS_OF_PYTHON, module, way], place);
    },
  })),
);

/** As Debian installs lib/pq. */
const GO_ENVIRONMENT = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', CGO_ENABLED: '0' };
const GO_PROGRAM = fileURLToPath(new URL('lib-pq/main.go', import.meta.url));

/** Builds the program of lib/pq in `folder`. */
function buildGo(folder: string): string {
  const program = join(folder, 'lib-pq');
  const env = { PATH: process.env.PATH, HOME: folder, ...GO_ENVIRONMENT };
  const { status, stderr } = spawnSync('go', ['build', '-o', program, GO_PROGRAM], { env });
  if (status !== 0) throw new Error(`go build failed: ${stderr.toString()}`);
  return program;
}

/** Each statement with parameters is prepared first, in a trip of its own. */
const libPq: AuditedClient = {
  name: "Go's lib/pq, alone and in transactions",
  unitTrips: 6,
  async run(context, place) {
    requireTool(context, 'go', 'Debian: apt install golang-go golang-github-lib-pq-dev');
    const folder = mkdtempSync(join(tmpdir(), 'audit-lib-pq-'));
    try {
      const program = buildGo(folder);
      await execute(program, ['alone'], place);
      await execute(program, ['in transactions'], place);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

const audited = pgTable('audited', { id: integer(), name: text() });

const orm: readonly AuditedClient[] = [
  {
    name: 'drizzle-orm, each statement alone',
    unitTrips: null,
    run: (_, place) =>
      withClient(place, async (client) => {
        const db = drizzle(client);
        for (let i = 0; i < 5; i++) {
          await db.insert(audited).values({ id: i, name: 'a name' });
          await db.select().from(audited).limit(i);
        }
      }),
  },
  {
    name: 'drizzle-orm, in transactions',
    unitTrips: 5,
    run: (_, place) =>
      withClient(place, async (client) => {
        const db = drizzle(client);
        for (let i = 0; i < 5; i++) {
          await db.transaction(async (tx) => {
            await tx.insert(audited).values({ id: i, name: 'a name' });
            await tx.select().from(audited).limit(i);
            await tx.execute(sql`SELECT count(*) FROM audited WHERE id = ${i}`);
          });
        }
      }),
  },
];

/** What an audit must count right. */
export const AUDITED_CLIENTS: readonly AuditedClient[] = [
  ...nodePostgres,
  ...psql,
  ...pgbench,
  ...python,
  libPq,
  ...orm,
];
