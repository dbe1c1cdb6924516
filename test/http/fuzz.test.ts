import { afterAll, beforeAll, expect, test } from 'vitest';
import { fuzzHttp } from '../../benchmarks/fuzz/http.js';
import { fuzzPeers } from '../../benchmarks/fuzz/peers.js';
import { startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';

/** The short form of `npm run fuzz`. */
const SEED = 7;
const TOKEN = 'a-token-that-nobody-hears';

let database: TestDatabase;
let backend: TestBackend;
beforeAll(async () => {
  database = await createDatabase();
  backend = await startTestBackend({ ...database.env, API_TOKEN: TOKEN });
});
afterAll(async () => {
  await backend.close();
  await database.drop();
});

test('no request that is made from the OpenAPI document finds a bug, a secret or an answer that it does not name', async () => {
  await fuzzHttp({ url: backend.url, secrets: [TOKEN], seed: SEED, requests: 300 });
  expect(backend.logs.filter(({ level }) => ['error', 'fatal'].includes(String(level)))).toEqual(
    [],
  );
}, 90_000);

test('no answer of a peer spoils the answer on the fleet', async () => {
  await fuzzPeers({ seed: SEED, answers: 150 });
}, 90_000);
