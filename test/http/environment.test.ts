import { afterEach, expect, test } from 'vitest';
import { spawnCli, type CliProcess } from '../helpers/cli.js';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { until } from '../helpers/until.js';

let database: TestDatabase;
let cli: CliProcess;

afterEach(async () => {
  cli.kill('SIGKILL');
  await cli.ended;
  await database.drop();
});

test('PGOPTIONS and other variables of the driver do not reach a connection', async () => {
  database = await createDatabase();
  cli = spawnCli(['serve'], {
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    ...database.env,
    SCHEDULE: '* * * * * *',
    PGOPTIONS: '-c default_transaction_read_only=on',
    PGCLIENTENCODING: 'nonsense',
    PGREPLICATION: 'true',
  });
  const run = await until(() => cli.logs().find(({ msg }) => msg === 'run'));
  expect(run).toMatchObject({ outcome: 'success' });
});
