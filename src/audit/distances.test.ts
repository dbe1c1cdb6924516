import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { startStrangeServer } from '../../test/helpers/not-postgres.js';
import { findDistances } from './distances.js';

const folder = mkdtempSync(join(tmpdir(), 'audit-distances-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const path = join(folder, 'pglatency.yaml');
  writeFileSync(path, text);
  return path;
}

describe('where the distances come from', () => {
  test('--rtt, the nearest first', async () => {
    expect(await findDistances({ rtt: { syd: 269, lhr: 12 } }, {})).toEqual({
      distances: [
        { region: 'lhr', rtt_ms: 12 },
        { region: 'syd', rtt_ms: 269 },
      ],
      from: 'as --rtt says',
    });
  });

  test("the fleet's file: what a ping is expected to take, or a select", async () => {
    const file = fileWith(`regions:
  eu-west-1: { url: 'http://10.0.0.11:8080', expect: { ping_ms: 1, select_ms: 3 } }
  ap-southeast-2: { url: 'http://10.0.1.11:8080', expect: { select_ms: 260 } }
  us-east-1: { url: 'http://10.0.2.11:8080' }
`);
    const expected = {
      distances: [
        { region: 'eu-west-1', rtt_ms: 1 },
        { region: 'ap-southeast-2', rtt_ms: 260 },
      ],
      from: `what ${file} expects of a ping or a select`,
    };
    expect(await findDistances({ file }, {})).toEqual(expected);
    expect(await findDistances({}, { PGLATENCY_FILE: file })).toEqual(expected);
  });

  test('nothing that is said: ten regions to a database in Ireland', async () => {
    const { distances, from } = await findDistances({}, { PGLATENCY_FILE: 'none' });
    expect(distances).toHaveLength(10);
    expect(distances.find(({ region }) => region === 'syd')?.rtt_ms).toBeCloseTo(269, 0);
    expect(from).toContain('a database in Ireland');
  });
});

describe('what is wrong with them', () => {
  test('a file without a figure', async () => {
    const file = fileWith("regions: { lhr: { url: 'http://10.0.0.11:8080' } }\n");
    await expect(findDistances({ file }, {})).rejects.toThrow(
      `--file ${file}: no region has expect: { ping_ms } or { select_ms }`,
    );
  });

  test('a file that is not there, or is broken', async () => {
    const missing = join(folder, 'missing.yaml');
    await expect(findDistances({ file: missing }, {})).rejects.toThrow(missing);
    const file = fileWith('regions: 5\n');
    await expect(findDistances({ file }, {})).rejects.toThrow(`${file} line 1: regions`);
  });

  test.each([
    ['nowhere', '--fleet: "nowhere" is not a URL'],
    ['ftp://host', '--fleet: "ftp://host" is not http or https'],
    ['http://host/api', 'has more than a host and a port'],
    ['http://user:hidden@host', 'carries a user or a password'],
  ])('--fleet %s', async (fleet, expected) => {
    const outcome = findDistances({ fleet }, {});
    await expect(outcome).rejects.toThrow(expected);
    await expect(outcome).rejects.not.toThrow('hidden');
  });

  test.each([
    ['another program', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 'status 404'],
    ['a page', 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>', 'its answer is not JSON'],
    ['other JSON', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}', 'another shape'],
  ])('--fleet of %s', async (_, answer, expected) => {
    const { port, close } = await startStrangeServer((socket) => socket.end(answer));
    const fleet = `http://127.0.0.1:${port}`;
    try {
      await expect(findDistances({ fleet }, {})).rejects.toThrow(`--fleet ${fleet}: `);
      await expect(findDistances({ fleet }, {})).rejects.toThrow(expected);
    } finally {
      await close();
    }
    await expect(findDistances({ fleet }, {})).rejects.toThrow('connection refused');
  });
});
