/**
 * Preloaded into the backend that is soaked: on SIGUSR2 it collects garbage, and writes what is then in use on the heap
 * into the file HEAP_FILE. Needs --expose-gc.
 */
import { renameSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  const file = process.env.HEAP_FILE;
  process.on('SIGUSR2', () => {
    globalThis.gc();
    globalThis.gc();
    writeFileSync(`${file}.new`, String(process.memoryUsage().heapUsed));
    renameSync(`${file}.new`, file);
  });
}
