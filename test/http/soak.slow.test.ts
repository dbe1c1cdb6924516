import { afterAll, beforeAll, expect, test } from 'vitest';
import { whatGrows } from '../../benchmarks/soak/judge.js';
import { soak } from '../../benchmarks/soak/soak.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** The short form of `npm run bench:soak`. */
test('nothing grows with the runs, the failures, the scrapes and the reloads', async () => {
  const env = database.env as Parameters<typeof soak>[0]['env'];
  const samples = await soak({ env, minutes: 0.4 });
  expect(whatGrows(samples), JSON.stringify(samples)).toEqual([]);
}, 180_000);
