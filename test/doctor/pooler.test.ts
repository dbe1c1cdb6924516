import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { serverCheck } from '../../src/doctor/checks/server.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { urlOfEnvironment } from '../helpers/database-url.js';
import { lookForOne, visit } from '../helpers/doctor.js';
import { startPgBouncer, type PgBouncer } from '../helpers/pgbouncer.js';
import { requireTool } from '../helpers/tools.js';

let database: TestDatabase;
const closes: (() => unknown)[] = [];

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(async () => {
  for (const close of closes.reverse()) await close();
  await database.drop();
});

async function startPooler(settings: Record<string, string> = {}): Promise<PgBouncer> {
  const pooler = await startPgBouncer(inject('postgres'), { settings });
  closes.push(pooler.stop);
  return pooler;
}

test('a server is no pooler', async () => {
  const found = await lookForOne(serverCheck, urlOfEnvironment(database.env));
  expect(found.status).toBe('ok');
  expect(found.found).toMatch(/^a server answers, and no pooler: PostgreSQL \d+\.\d+$/);
});

test('one that refuses settings, and one that swallows them', async (context) => {
  requireTool(context, 'pgbouncer', 'the Debian package pgbouncer');
  const refusing = await startPooler();
  const swallowing = await startPooler({ ignore_startup_parameters: 'statement_timeout' });
  for (const [{ port }, why] of [
    [refusing, 'tries its first connection twice'],
    [swallowing, 'would reach other clients'],
  ] as const) {
    const url = urlOfEnvironment(database.env, port);
    const found = await lookForOne(serverCheck, url);
    expect(found).toMatchObject({ status: 'warning' });
    expect(found.why).toContain(why);
    expect(await lookForOne(serverCheck, `${url}?pgbouncer=true`)).toMatchObject({ status: 'ok' });
  }
});

test('through a pooler every check is made', async (context) => {
  requireTool(context, 'pgbouncer', 'the Debian package pgbouncer');
  const { port } = await startPooler();
  const { code, statuses } = await visit([urlOfEnvironment(database.env, port)]);
  expect(code).toBe(0);
  const { pooler, ...others } = statuses;
  expect(pooler).toBe('warning');
  expect(new Set(Object.values(others))).toEqual(new Set(['ok']));
});
