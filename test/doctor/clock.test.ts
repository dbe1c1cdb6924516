import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawnCli } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { urlOfEnvironment } from '../helpers/database-url.js';
import { readVisit } from '../helpers/doctor.js';
import { createSetClock } from '../helpers/set-clock.js';
import { requireTool } from '../helpers/tools.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

test('two clocks that differ by an hour', async (context) => {
  requireTool(context, 'faketime', 'the Debian package faketime');
  const clock = await createSetClock();
  try {
    clock.set('+1h');
    const cli = spawnCli(['doctor', '--json', urlOfEnvironment(database.env)], clock.env);
    const { code, of } = await readVisit(cli);
    const [found] = of('clock');
    expect(found?.status).toBe('warning');
    expect(found?.found).toMatch(/^the server's clock is 3(?:599|600)\.\d s behind this machine's/);
    expect(code).toBe(0);
  } finally {
    clock.remove();
  }
});
