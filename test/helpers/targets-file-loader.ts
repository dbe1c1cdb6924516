import { rmSync, writeFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';
import { ConfigError } from '../../src/base/errors.js';
import { loadConfig } from '../../src/config/config.js';
import { createTargetsFile } from './targets-file.js';

type Env = Readonly<Record<string, string>>;

/** Loads configurations from a targets file of its own, which goes with the test file. */
export function createTargetsFileLoader() {
  const { folder, path } = createTargetsFile();
  afterAll(() => rmSync(folder, { recursive: true }));
  const env: Env = { DB_HOST: '10.50.0.1', DB_PASSWORD: 'hidden-password', TARGETS_FILE: path };

  function load(content: string, under: Env = env) {
    writeFileSync(path, content);
    return loadConfig(under).targets;
  }

  /** Each problem, without the file's name. No text may hold the word "hidden". */
  function problemsOf(content: string, under: Env = env): string[] {
    try {
      load(content, under);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(error.message).not.toContain('hidden');
      const lines = error.message.split('\n').slice(1);
      for (const line of lines) expect(line).toContain(path);
      return lines.map((line) =>
        line.replace(`  TARGETS_FILE ${path}: `, 'file: ').replace(`  ${path}: `, ''),
      );
    }
    return [];
  }

  return { folder, path, env, load, problemsOf };
}

/** The entries of `count` targets, as the file's text. */
export function targetList(count: number): string {
  return Array.from({ length: count }, (_, i) => `{ name: t${i}, host: h }`).join(', ');
}

/** The entries of `count` queries, as the file's text. */
export function queryList(count: number): string {
  return Array.from({ length: count }, (_, i) => `{ name: q${i}, sql: SELECT 1 }`).join(', ');
}
