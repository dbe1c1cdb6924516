import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseRules, type Rule } from '../src/rules/parsed-rules.js';

export {
  parseDuration,
  RECORDED_NAME,
  recordedNames,
  type Rule,
} from '../src/rules/parsed-rules.js';

/** The rule files are the definition; every tool here reads them and holds no number of its own. */
export const PROMETHEUS_DIR = fileURLToPath(new URL('../prometheus/', import.meta.url));
export const RULES_DIR = join(PROMETHEUS_DIR, 'rules');

/** Every rule of every file, in the order of evaluation inside a group. */
export function loadRules(directory: string = RULES_DIR): Rule[] {
  return ruleFiles(directory).flatMap((file) =>
    parseRules(file, readFileSync(join(directory, file), 'utf8')),
  );
}

export function ruleFiles(directory: string = RULES_DIR): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.yml'))
    .sort();
}
