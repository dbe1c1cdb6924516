import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Target } from '../config/target.js';
import { until } from '../../test/helpers/until.js';
import { createPasswords } from './passwords.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pglatency-passwords-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const targetOf = (...passwordCommand: string[]) =>
  ({ name: 'primary', passwordCommand }) as unknown as Target;
const shell = (line: string) => targetOf('sh', '-c', line);

/** A command that says how often it has run. */
const counting = (name: string) =>
  shell(`echo x >> ${folder}/${name}; wc -l < ${folder}/${name} | tr -d ' '`);

async function ask(target: Target, options = {}) {
  const passwords = createPasswords(options);
  const { primary } = await passwords.of([target]);
  return primary;
}

test.each<[string, Target, object]>([
  ['what it prints, without the line break', shell('printf "se cret\\n"'), { password: 'se cret' }],
  [
    'an exit code',
    shell('echo hidden; echo hidden >&2; exit 3'),
    { why: 'the password command ended with exit code 3' },
  ],
  ['nothing', shell('true'), { why: 'the password command printed nothing' }],
  [
    'two lines',
    shell('echo a; echo hidden'),
    { why: expect.stringContaining('a line break') as string },
  ],
  [
    'a program that is not there',
    targetOf('/nowhere'),
    { why: expect.stringContaining('ENOENT') as string },
  ],
  ['too much', shell('yes'), { why: expect.stringContaining('more than any password') as string }],
])('%s', async (_, target, expected) => {
  const given = await ask(target);
  expect(given).toEqual(expected);
  expect(JSON.stringify(given)).not.toContain('hidden');
});

test('one that hangs is ended with its children', async () => {
  const file = join(folder, 'pid');
  const given = await ask(shell(`sleep 300 & echo $! > ${file}; wait`), { timeoutMs: 500 });
  expect(given).toEqual({ why: 'the password command printed no password within 0.5 s' });
  const pid = Number(readFileSync(file, 'utf8'));
  await until(
    () =>
      !existsSync(`/proc/${pid}`) ||
      /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
  );
});

describe('a password is kept', () => {
  test('for its life, and fetched again when the server has refused it', async () => {
    const passwords = createPasswords();
    const target = counting('kept');
    const next = async () => (await passwords.of([target])).primary;
    expect(await Promise.all([next(), next()])).toEqual([{ password: '1' }, { password: '1' }]);
    expect(await next()).toEqual({ password: '1' });
    passwords.reject(target);
    expect(await next()).toEqual({ password: '2' });
  });

  test('and fetched again after it', async () => {
    const quick = createPasswords({ lifetimeMs: 1 });
    const target = counting('renewed');
    await quick.of([target]);
    await until(async () => {
      const { primary } = await quick.of([target]);
      return primary !== undefined && 'password' in primary && Number(primary.password) > 2;
    });
  });

  test('a failure is not', async () => {
    const passwords = createPasswords();
    const file = join(folder, 'later');
    const target = shell(`test -e ${file} && echo good; touch ${file}; test -s ${file} || true`);
    expect((await passwords.of([target])).primary).toHaveProperty('why');
    expect((await passwords.of([target])).primary).toEqual({ password: 'good' });
  });
});
