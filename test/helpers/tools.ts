import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/** The path of a system tool, or null. */
export function findTool(name: string): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      const path = join(folder, name);
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return null;
}

/** Skips a test, loudly, whose tool is missing here; fails it where CI=true. */
export function requireTool(context: TestContext, name: string, source: string): void {
  if (findTool(name) !== null) return;
  const message = `${name} is missing (${source})`;
  if (process.env.CI === 'true') throw new Error(message);
  console.warn(`\n*** SKIPPED, because ${message}: ${context.task.name} ***\n`);
  context.skip(message);
}
