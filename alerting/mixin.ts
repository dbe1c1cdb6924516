import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { ruleFilesOf } from '../src/rules/files.js';
import { DEFAULT_RULES_FLEET } from '../src/rules/default-fleet.js';

/**
 * `npm run alerts:mixin`: the groups of prometheus/rules/ as JSON, which every jsonnet reads; Debian's does not read our
 * YAML. With `--check` it writes nothing, and fails when the committed file is not what it would write.
 */
export const MIXIN = fileURLToPath(new URL('../mixin/', import.meta.url));
const FILE = join(MIXIN, 'rules.json');

/** The file's text. */
export function mixinRules(): string {
  const files = [...ruleFilesOf(DEFAULT_RULES_FLEET).values()];
  const groups = files.flatMap((text) => (parse(text) as { groups: unknown[] }).groups);
  return `${JSON.stringify({ groups }, null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = mixinRules();
  if (!process.argv.includes('--check')) writeFileSync(FILE, text);
  else if (readFileSync(FILE, 'utf8') !== text) {
    console.error('mixin/rules.json is not what prometheus/rules/ says: npm run alerts:mixin');
    process.exitCode = 1;
  }
}
