import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, read, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { createLogDevice } from './log-device.js';

const folder = mkdtempSync(join(tmpdir(), 'pglatency-log-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('lines arrive whole and in order', async () => {
  const path = join(folder, 'log');
  const fd = openSync(path, 'w');
  const device = createLogDevice(fd);
  const lines = Array.from({ length: 500 }, (_, i) => `{"line":${i}}\n`);
  for (const line of lines) device.write(line);
  await device.flush(10_000);
  device.write('{"line":"last"}\n');
  await device.flush(10_000);
  closeSync(fd);
  expect(readFileSync(path, 'utf8')).toBe(`${lines.join('')}{"line":"last"}\n`);
  expect(device.dropped()).toBe(0);
});

test('a device that is full loses lines, which are counted', async () => {
  const fd = openSync('/dev/full', 'w');
  const device = createLogDevice(fd);
  for (let i = 0; i < 10; i++) device.write('{}\n');
  await device.flush(10_000);
  closeSync(fd);
  expect(device.dropped()).toBe(10);
});

test('one that is stuck holds up nothing, and the memory stays bounded', async () => {
  const path = join(folder, 'pipe');
  execFileSync('mkfifo', [path]);
  const fd = openSync(path, constants.O_RDWR);
  const device = createLogDevice(fd);
  const line = `${'x'.repeat(9_999)}\n`;
  for (let i = 0; i < 300; i++) device.write(line);
  // 3 MB into a pipe of 64 kB that nobody reads.
  expect(device.dropped()).toBeGreaterThan(100);
  const kept = 300 - device.dropped();
  const bytes = Buffer.alloc(65_536);
  // Not at once: a pipe that is empty at the moment would hold up this thread, which writes too.
  for (let done = 0; done < kept * line.length;)
    done += (await promisify(read)(fd, bytes, 0, bytes.length, null)).bytesRead;
  await device.flush(10_000);
  closeSync(fd);
  expect(device.dropped()).toBe(300 - kept);
});
