import { expect, test } from 'vitest';
import { spawnCli } from '../helpers/cli.js';

/**
 * Each of them alone makes node-postgres fail, or ask for something else, where it is told nothing. Without PGHOST
 * they name no database.
 */
const LEFTOVERS = {
  PGPORT: '1',
  PGUSER: 'nobody',
  PGDATABASE: 'nowhere',
  PGSSLMODE: 'verify-full',
  PGSSLNEGOTIATION: 'direct',
  PGOPTIONS: '-c nonsense=1',
  PGREPLICATION: 'true',
  PGAPPNAME: 'somebody else',
  PGCONNECT_TIMEOUT: '1',
};

test("libpq's variables change neither the embedded database nor the measurement", async () => {
  const env = { LISTEN_HOST: '127.0.0.1', PORT: '0', SCHEDULE: '0 0 1 1 *', ...LEFTOVERS };
  const cli = spawnCli(['serve', '--embedded'], env);
  try {
    const url = await cli.listening();
    const answer = await fetch(`${url}/api/rds/benchmark?iterations=1`);
    expect(await answer.json()).toMatchObject({ outcome: 'success' });
  } finally {
    cli.kill();
    await cli.ended;
  }
});
