import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDuration, ruleFiles, RULES_DIR } from '../../alerting/rules.js';
import { DEFAULT_RULES_FLEET } from '../../src/rules/default-fleet.js';
import { ruleFilesOf } from '../../src/rules/files.js';
import { EACH_HALF_HOUR } from '../../src/rules/floor.js';

/**
 * The project's rules for a test that has a minute where they want days: groups are evaluated every
 * three seconds, alerts fire at once, and a baseline is learned from seconds. Every other expression
 * is the project's own. Returns a folder, which is the caller's to remove.
 *
 * @throws Error when the rules have a window of hours that this does not know.
 */
export function writeQuickRules(): string {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-rules-'));
  for (const file of ruleFiles()) {
    const text = forVmalert(readFileSync(join(RULES_DIR, file), 'utf8'))
      .replace(/^( +interval:) \S+$/gm, '$1 3s')
      .replace(/^( +for:) \S+$/gm, '$1 3s');
    writeFileSync(join(folder, file), file === 'baseline.yml' ? quickBaseline(text) : text);
  }
  return folder;
}

const WINDOWS: readonly (readonly [real: RegExp, quick: string])[] = [
  [/\[1d\]( offset 1h)?/g, '[30s]'],
  [/\[7d\] offset 1h/g, '[60s]'],
  [/\[10m\] offset 1h/g, '[10s]'],
  [/day\[10m\]/g, 'day[10s]'],
  [/\[1h\]/g, '[15s]'],
  [/\[10m\] offset 23h30m/g, '[10s] offset 3s'],
  [/\[10m\] offset 47h30m/g, '[10s] offset 6s'],
  [/\[10m\] offset 71h30m/g, '[10s] offset 9s'],
  [/>= (240|96)/g, '>= 4'],
  [/>= 9$/gm, '>= 2'],
];

function quickBaseline(text: string): string {
  const each = text.replaceAll(EACH_HALF_HOUR, '');
  const quick = WINDOWS.reduce((changed, [real, short]) => {
    if (changed.search(real) < 0) throw new Error(`baseline.yml no longer has ${real.source}`);
    return changed.replace(real, short);
  }, each);
  const left = /(\[|offset )\d+[hdw]/.exec(quick.replace(/^ *#.*$/gm, ''));
  if (left !== null) throw new Error(`baseline.yml has a window of hours: ${left[0]}`);
  return quick;
}

const DURATIONS = /((?:\[|(?<=\d[smhd]):|offset |^ +interval: |^ +for: ))((?:\d+[smhd])+)/gm;

/**
 * The project's rules with time divided by this: windows, offsets, intervals and `for`. A delay that is
 * measured with them is the real one's share. Returns a folder, which is the caller's to remove.
 *
 * @param evaluationSeconds at least each so many real seconds; null: as in prometheus/rules
 */
export function writeScaledRules(divisor: number, evaluationSeconds: number | null): string {
  const folder = mkdtempSync(join(tmpdir(), 'pglatency-test-rules-'));
  const scale = (_: string, before: string, duration: string) =>
    `${before}${Math.ceil(parseDuration(duration) / divisor)}s`;
  const eachHalfHour = `and on () vector(time()) % ${1_800 / divisor} < ${300 / divisor}`;
  for (const [file, rules] of ruleFilesOf({ ...DEFAULT_RULES_FLEET, evaluationSeconds })) {
    const text = forVmalert(rules).replaceAll(EACH_HALF_HOUR, eachHalfHour);
    writeFileSync(join(folder, file), text.replace(DURATIONS, scale));
  }
  return folder;
}

/** Without a field that Debian's vmalert is too old for. */
const forVmalert = (rules: string) => rules.replace(/^ +keep_firing_for: .*\n/gm, '');
