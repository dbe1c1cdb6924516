import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { loadConfig } from '../config/config.js';
import { databaseChecks, fleetChecks } from './all-checks.js';

test('docs/doctor.md has a row for each check, in their order', async () => {
  const page = await readFile(new URL('../../docs/doctor.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('\n## What it looks at\n');
  const rows = [...(section.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` +\|/gm)];
  const config = loadConfig({
    PEERS: 'lhr=http://192.0.2.1:8080',
    WIREGUARD_STATUS_FILE: '/tmp/wg',
  });
  const checks = [...databaseChecks(1_000), ...fleetChecks(config)];
  expect(rows.map(([, name]) => name)).toEqual(checks.map(({ name }) => name));
});

test('a fleet is looked at only where there is one', () => {
  expect(fleetChecks(null)).toEqual([]);
  expect(fleetChecks(loadConfig({}))).toEqual([]);
});
