import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { regionOf } from '../regions/regions.js';
import { startBackendProcess, type BackendProcess } from './backend-process.js';

it('reports a run that is told in the same write as that the backend listens', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pglatency-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const cliPath = join(folder, 'cli.mjs');
  const lines = [
    { msg: 'listening', url: 'http://127.0.0.1:1' },
    { msg: 'run', trigger: 'schedule', target: 'primary' },
  ].map((line) => `${JSON.stringify(line)}\n`);
  const text = JSON.stringify(lines.join(''));
  await writeFile(cliPath, `process.stdout.write(${text}); setInterval(() => {}, 1_000);`);
  const ofRun: BackendProcess[] = [];
  const backend = await startBackendProcess({
    ...{ region: regionOf('lhr'), rttMs: 1, cliPath, env: {} },
    onRun: (it) => ofRun.push(it),
    onEnd: () => undefined,
    signal: new AbortController().signal,
  });
  onTestFinished(backend.stop);
  await expect.poll(() => ofRun).toEqual([backend]);
});
