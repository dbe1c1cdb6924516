import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { AUDITED_CLIENTS } from '../helpers/audited-clients.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { recordAudit } from '../helpers/record-audit.js';
import { requireCapture, startCapture } from '../helpers/wire-capture.js';

let database: TestDatabase;
const table = ['| client | counted | on the wire |', '| --- | ---: | ---: |'];
const closes: (() => unknown)[] = [];

beforeAll(async () => {
  database = await createDatabase();
  await database.query('CREATE TABLE audited (id int, name text)');
});
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
});
afterAll(async () => {
  await database.drop();
  console.log(table.join('\n'));
});

test.for(AUDITED_CLIENTS)(
  '$name: the counted trips are those of the packets',
  async (client, context) => {
    requireCapture(context);
    const recording = await recordAudit(database.name);
    const capture = await startCapture(recording.port);
    closes.push(capture.stop);
    await client.run(context, recording.place);
    const captured = await capture.trips();
    const { counts, kinds } = await recording.finish();
    table.push(`| ${client.name} | ${counts.trips} | ${captured} |`);
    expect(captured).toBeGreaterThan(5);
    expect(counts.trips).toBe(captured);
    expect(counts.lost).toBe(0);
    if (client.unitTrips !== null) {
      const transactions = kinds.filter(({ name }) => name.startsWith('BEGIN'));
      expect(transactions.map(({ trips }) => trips?.p50)).toEqual([client.unitTrips]);
    }
  },
);
