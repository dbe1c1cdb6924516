import { afterEach, beforeEach, expect, test } from 'vitest';
import { nextSuccess, startTestBackend, type TestBackend } from '../helpers/backend.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';

const EVERY_SECOND = { FLY_REGION: 'lhr', SCHEDULE: '* * * * * *', ITERATIONS: '2' };

let database: TestDatabase;
let backend: TestBackend;

beforeEach(async () => {
  database = await createDatabase();
});

afterEach(async () => {
  await backend.close();
  await database.drop();
});

test('ten backends that start at once on an empty database make one table', async () => {
  const others = await Promise.all(
    Array.from({ length: 9 }, () => startTestBackend({ ...database.env, ...EVERY_SECOND })),
  );
  backend = await startTestBackend({ ...database.env, ...EVERY_SECOND });
  try {
    for (const each of [backend, ...others]) {
      await nextSuccess(each);
      expect(await each.metric('pglatency_operations_total', { outcome: 'failure' })).toBe(0);
    }
  } finally {
    await Promise.all(others.map((other) => other.close()));
  }
});
