import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireTool } from '../helpers/tools.js';

const unit = readFileSync(
  new URL('../../deploy/systemd/pglatency.service', import.meta.url),
  'utf8',
);
const FROM = 'the Debian package systemd';

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'pglatency-unit-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** What systemd-analyze says of this text as a unit. */
function analyze(args: readonly string[], text: string) {
  const path = join(folder, 'pglatency.service');
  writeFileSync(path, text);
  const { status, stdout, stderr } = spawnSync('systemd-analyze', [...args, path], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  });
  return { status, output: `${stdout}${stderr}` };
}

it('is a unit that systemd takes', (context) => {
  requireTool(context, 'systemd-analyze', FROM);
  // Where the tests run, the program is not installed.
  const here = unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
  expect(here).not.toBe(unit);
  expect(analyze(['verify'], here)).toEqual({ status: 0, output: '' });
  expect(analyze(['verify'], here.replace('DynamicUser', 'DynamicUsers')).output).toContain(
    "'DynamicUsers' in section",
  );
});

it('is exposed by less than 2.0 of 10', (context) => {
  requireTool(context, 'systemd-analyze', FROM);
  const judge = ['security', '--offline=true', '--no-pager', '--threshold=19'];
  const { status, output } = analyze(judge, unit);
  console.log(output.trim().split('\n').at(-1));
  expect(status, output).toBe(0);
  const weaker = analyze(
    judge,
    unit.replace(/^(CapabilityBoundingSet|SystemCallFilter)=.*$/gm, ''),
  );
  expect(weaker.status).not.toBe(0);
});
