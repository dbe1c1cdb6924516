import { connect } from 'node:net';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { startAudit, type RunningAudit } from '../helpers/audit.js';
import { until } from '../helpers/until.js';
import { runPsql } from '../helpers/psql.js';

let audit: RunningAudit;
const clients: pg.Client[] = [];

beforeAll(async () => {
  audit = await startAudit();
});
afterAll(async () => {
  for (const client of clients) await client.end().catch(() => undefined);
  audit.cli.kill();
  await audit.cli.ended;
});

async function open(config: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ ...audit.connection, ...config });
  clients.push(client);
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

describe('through the proxy of an audit', () => {
  it('a cancel request ends the statement that it is for', async () => {
    const client = await open();
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const outcome = client.query('SELECT pg_sleep(30)').catch((error: unknown) => error);
    const other = await open();
    await until(async () => {
      const { rows } = await other.query<{ n: number }>(
        `SELECT 1 AS n FROM pg_stat_activity WHERE pid = ${processID} AND state = 'active'`,
      );
      return rows.length > 0;
    });
    const socket = connect(audit.port, '127.0.0.1');
    const packet = Buffer.alloc(16);
    [16, 80_877_102, processID, secretKey].forEach((value, i) => packet.writeInt32BE(value, 4 * i));
    socket.write(packet);
    await once(socket.resume(), 'end');
    expect(await outcome).toMatchObject({ code: '57014' });
  });

  it('errors keep their fields, and the connection goes on', async () => {
    const client = await open();
    await expect(client.query('SELECT 1/0')).rejects.toMatchObject({
      code: '22012',
      severity: 'ERROR',
      routine: 'int4div',
    });
    await expect(client.query('SELEC 1')).rejects.toMatchObject({ code: '42601', position: '1' });
    expect((await client.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }]);
  });

  it('notices and notifications arrive, those of others too', async () => {
    const [client, other] = [await open(), await open()];
    const heard: string[] = [];
    client.on('notice', (it) => heard.push(`notice ${it.message}`));
    client.on('notification', (it) => heard.push(`${it.channel} ${it.payload ?? ''}`));
    await client.query("DO $$ BEGIN RAISE NOTICE 'hello'; END $$");
    await client.query('LISTEN audit_channel');
    await other.query("NOTIFY audit_channel, 'from another'");
    await until(() => heard.length === 2);
    expect(heard).toEqual(['notice hello', 'audit_channel from another']);
  });

  it('prepared statements, binary formats and values that are odd', async () => {
    const client = await open();
    const values = ['ä€😀\n\'"\\', null, Buffer.from([0, 255, 10]), -1.5, true];
    const query = {
      name: 'odd',
      text: 'SELECT $1::text AS a, $2::text AS b, $3::bytea AS c, $4::float8 AS d, $5::bool AS e',
      values,
    };
    const [a, b, c, d, e] = values;
    for (let i = 0; i < 3; i++) {
      expect((await client.query(query)).rows).toEqual([{ a, b, c, d, e }]);
    }
    const binary = await client.query({
      text: 'SELECT 258::int4 AS n',
      binary: true,
    } as pg.QueryConfig);
    expect(binary.rows).toEqual([{ n: 258 }]);
  });

  it('a pipeline is one flight', async () => {
    const client = await open();
    await client.query('SELECT 2 AS warm');
    const { connection } = client as unknown as { connection: { stream: NodeJS.WritableStream } };
    const text = (sql: string) => {
      const body = Buffer.from(`${sql}\0`);
      const head = Buffer.from('Q\0\0\0\0', 'latin1');
      head.writeInt32BE(body.length + 4, 1);
      return Buffer.concat([head, body]);
    };
    let ready = 0;
    (connection as unknown as NodeJS.EventEmitter).on('readyForQuery', () => (ready += 1));
    connection.stream.write(
      Buffer.concat(Array.from({ length: 50 }, () => text("SELECT 'x' /*action='pipeline'*/"))),
    );
    await until(() => ready >= 50);
  });

  it('COPY goes both ways, as it was', async (context) => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i}\tname ${i}\\\\n`).join('\n');
    const table = 'audit_copied';
    const written = await runPsql(
      context,
      audit.connection,
      [
        `DROP TABLE IF EXISTS ${table}`,
        `CREATE TABLE ${table} (id int, name text)`,
        `COPY ${table} FROM STDIN`,
      ],
      `${rows}\n`,
    );
    expect(written.code).toBe(0);
    const read = await runPsql(context, audit.connection, [
      `COPY (SELECT * FROM ${table} ORDER BY id) TO STDOUT`,
    ]);
    expect(read.stdout).toBe(`${rows}\n`);
    await runPsql(context, audit.connection, [`DROP TABLE ${table}`]);
  });

  it('a password that is wrong is refused by the server, in its words', async () => {
    await expect(open({ password: 'wrong' })).rejects.toMatchObject({ code: '28P01' });
  });

  it('a session that the server ends, ends', async () => {
    const [client, other] = [await open(), await open()];
    const ended = new Promise((resolve) => client.once('end', resolve));
    const { processID } = client as unknown as { processID: number };
    const outcome = client.query('SELECT pg_sleep(30)').catch((error: unknown) => error);
    await other.query('SELECT pg_terminate_backend($1)', [processID]);
    expect(await outcome).toMatchObject({ code: '57P01' });
    await ended;
  });

  it('a client that breaks off leaves no session behind', async () => {
    const [client, other] = [await open(), await open()];
    const { processID, connection } = client as unknown as {
      processID: number;
      connection: { stream: { resetAndDestroy(): void } };
    };
    connection.stream.resetAndDestroy();
    await until(async () => {
      const { rowCount } = await other.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [
        processID,
      ]);
      return rowCount === 0;
    });
  });

  it('counts what came, and the pipeline once', async () => {
    for (const client of clients.splice(0)) await client.end().catch(() => undefined);
    const report = await audit.report();
    expect(report.cancel_requests).toBe(1);
    const pipeline = report.units.find(({ name }) => name === 'pipeline');
    expect(pipeline).toMatchObject({ named_by: 'tag', trips_max: 1 });
    expect(report.connections.opened).toBeGreaterThan(8);
    expect(inject('postgres').password.length).toBeGreaterThan(8);
    expect(JSON.stringify(report)).not.toContain(inject('postgres').password);
  });
});
