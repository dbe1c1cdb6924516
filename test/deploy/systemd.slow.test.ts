import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../helpers/database.js';
import { until } from '../helpers/until.js';
import { findTool } from '../helpers/tools.js';
import { bootSystemd, type SystemdMachine } from './systemd-machine.js';

const SYSTEMD = '/usr/lib/systemd/systemd';
const missing =
  process.getuid?.() !== 0
    ? 'root'
    : ['unshare', 'nsenter', 'systemctl'].find((tool) => findTool(tool) === null);
if (missing !== undefined) {
  if (process.env['CI'] === 'true') throw new Error(`${missing} is missing (Debian: systemd)`);
  console.warn(`\n*** SKIPPED, because ${missing} is missing: the unit under ${SYSTEMD} ***\n`);
}

/** They stand in no environment and no log. */
const PASSWORD = 'role-password';
const TOKEN = 'a-token-of-sixteen-or-more';

const started: { stop(): Promise<void> }[] = [];
let machine: SystemdMachine;
beforeAll(async () => {
  if (missing !== undefined) return;
  const database: TestDatabase = await createDatabase();
  started.push({ stop: () => database.drop() });
  const { DB_PASSWORD: _, ...env } = await database.createRole();
  const { DB_USER: role = '' } = env;
  await database.query(`GRANT CREATE ON SCHEMA public TO ${role}`);
  const lines = { ...env, REGION: 'lhr', PORT: '0', SCHEDULE: '* * * * * *' };
  machine = await bootSystemd({
    environment: {
      text: Object.entries(lines)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
      mode: 0o644,
    },
    'db-password': { text: `${PASSWORD}\n`, mode: 0o600 },
    'api-token': { text: `${TOKEN}\n`, mode: 0o600 },
  });
  started.push(machine);
}, 60_000);
afterAll(async () => {
  for (const each of started.reverse()) await each.stop();
});

const runs = () => machine.log().match(/"msg":"run"/g)?.length ?? 0;

test.skipIf(missing !== undefined)(
  'systemd runs the unit: it measures with the password that it was handed, reloads, comes back and stops',
  { timeout: 90_000 },
  async () => {
    const start = machine.systemctl('start', 'pglatency');
    expect(start, machine.systemctl('status', 'pglatency').output).toEqual({
      status: 0,
      output: '',
    });
    const url = await until(() => /"url":"([^"]+)"/.exec(machine.log())?.[1] ?? false, {
      withinMs: 30_000,
      what: 'it listens',
    }).catch((error: unknown) => {
      throw new Error(`${machine.systemctl('status', 'pglatency').output}\n${machine.log()}`, {
        cause: error,
      });
    });
    const run = `${url}/api/benchmark?iterations=1`;
    expect((await fetch(run)).status).toBe(401);
    const answer = await fetch(run, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect({ status: answer.status, body: await answer.json() }).toMatchObject({ status: 200 });

    // A user of its own without a right, and no secret in its environment.
    const status = machine.readProcess('status');
    expect(status).toMatch(/^Uid:\s+(?!0\s)\d+/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    for (const secret of [PASSWORD, TOKEN]) {
      expect(machine.readProcess('environ')).not.toContain(secret);
      expect(machine.log()).not.toContain(secret);
    }

    expect(machine.systemctl('reload', 'pglatency').status).toBe(0);
    await until(() => machine.log().includes('the configuration was read again'), {
      what: 'it reloads',
    });

    const first = machine.property('MainPID');
    machine.systemctl('kill', '--signal=KILL', 'pglatency');
    await until(() => !['0', first].includes(machine.property('MainPID')), {
      what: 'it comes back',
    });
    await until(() => (machine.log().match(/"msg":"listening"/g)?.length ?? 0) === 2, {
      withinMs: 30_000,
      what: 'it listens again',
    });

    expect(machine.systemctl('stop', 'pglatency').status).toBe(0);
    expect(machine.property('Result')).toBe('success');
    expect(machine.property('ExecMainStatus')).toBe('0');
    expect(runs()).toBeGreaterThan(0);
  },
);
