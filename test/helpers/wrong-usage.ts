import { expect } from 'vitest';
import { runCli } from './cli.js';

/** Exit code 2, a message that matches, nothing on stdout, and no part of the tests' password. */
export async function expectWrongUsage(args: readonly string[], message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await runCli(args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/s3c(?:ret)?/);
  expect(stdout).toBe('');
  expect(code).toBe(2);
}
