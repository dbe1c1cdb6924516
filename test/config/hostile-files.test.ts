import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.js';
import { warnOfOpenSecrets } from '../../src/config/open-secrets.js';
import { createTargetsFile } from '../helpers/targets-file.js';

const file = createTargetsFile();
afterAll(() => rmSync(file.folder, { recursive: true }));

const problemsOf = (env: Record<string, string>): string => {
  try {
    loadConfig(env);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

/** Processor time of this process, which another one's work does not lengthen. */
function processorMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const KEYS = (count: number) => Array.from({ length: count }, (_, i) => `k${i}: 1`).join('\n');
const BOMB = [
  'a: &a [x, x, x, x, x, x, x, x, x]',
  ...Array.from('bcdefgh', (name, i) => {
    const of = 'abcdefgh'[i] ?? '';
    return `${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]`;
  }),
].join('\n');

test.each([
  ['300,000 keys', KEYS(300_000), 'it holds more than 1048576 bytes'],
  ['a megabyte of keys', KEYS(80_000), 'at most 4000 keys'],
  ['4,000 keys in one map', KEYS(3_990), ''],
  ['aliases of aliases', BOMB, ''],
  ['10,000 aliases', `a: &a 1\nb: [${Array(10_000).fill('*a').join(', ')}]`, 'at most 100 aliases'],
  ['50,000 levels', '['.repeat(50_000), ''],
  ['5 MB of nothing', ' '.repeat(5_000_000), 'it holds more than 1048576 bytes'],
])('a file of %s is answered within a second', (_what, text, why) => {
  for (const name of ['TARGETS_FILE', 'PGLATENCY_FILE']) {
    file.writeText(text);
    let said = '';
    const ms = processorMs(() => (said = problemsOf({ [name]: file.path })));
    expect(said).toMatch(/^invalid configuration\n/);
    if (name === 'TARGETS_FILE') expect(said).toContain(why);
    expect(said.length).toBeLessThan(20_000);
    // Of a machine that has nothing else to do; beside others the same work takes longer.
    expect(ms).toBeLessThan(2_000);
  }
});

test('UTF-16 is named, and a byte-order mark of UTF-8 is no fault', () => {
  const password = join(file.folder, 'password');
  writeFileSync(password, '\uFEFFa-password\n', 'utf16le');
  const env = { DB_HOST: 'db.example', DB_PASSWORD_FILE: password };
  expect(problemsOf(env)).toContain('it is UTF-16; save it as UTF-8');
  writeFileSync(password, '\uFEFFa-password\n');
  expect(loadConfig(env).targets[0]?.password).toBe('a-password');
  file.writeText('\uFEFFqueries: []');
  expect(problemsOf({ ...env, TARGETS_FILE: file.path })).toBe('');
});

test.each([
  'DB_CA_FILE',
  'DB_CLIENT_CERT_FILE',
  'DB_PASSWORD_FILE',
  'DATABASE_URL_FILE',
  'PGPASSFILE',
])('%s of 20 MB is refused before it is read', (name) => {
  const large = join(file.folder, 'large');
  writeFileSync(large, 'x'.repeat(20_000_000), { mode: 0o600 });
  const base =
    name === 'PGPASSFILE' ? { PGHOST: 'db.example', PGUSER: 'me' } : { DB_HOST: 'db.example' };
  const ms = processorMs(() => {
    const said = problemsOf({ ...base, DB_CLIENT_KEY_FILE: large, [name]: large });
    expect(said).toMatch(/it holds more than \d+ bytes/);
  });
  expect(ms).toBeLessThan(1_000);
});

test('secrets that everybody can read are named, without their place or value', () => {
  const secret = join(file.folder, 'secret');
  writeFileSync(secret, 'hush-hush', { mode: 0o644 });
  const lines: unknown[] = [];
  const log = { warn: (...line: unknown[]) => void lines.push(line) };
  warnOfOpenSecrets({ DB_PASSWORD_FILE: secret, DATABASE_URL_FILE: '' }, log);
  expect(lines).toEqual([
    [
      { variable: 'DB_PASSWORD_FILE' },
      expect.stringContaining('everybody on this machine can read'),
    ],
  ]);
  chmodSync(secret, 0o640);
  warnOfOpenSecrets({ DB_PASSWORD_FILE: secret }, log);
  expect(lines).toHaveLength(1);
});
