import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { grafanaRules, type Inline } from '../src/rules/grafana/grafana-rules.js';
import { inlineRecorded } from './inline.js';
import { loadRules, type Rule } from './rules.js';

/**
 * `npm run alerts:grafana`: the alerts as Grafana-managed rules, from prometheus/rules/. With
 * `--check` it writes nothing, and fails when a committed file is not what it would write.
 */
const FOLDER = fileURLToPath(new URL('../dashboards/alerting/', import.meta.url));
const HEADER = `# Generated from prometheus/rules/ by \`npm run alerts:grafana\`: do not edit. docs/alerts.md says when
# to use it.`;

/** The file of each kind of server: whether it evaluates recording rules decides how an expression is written. */
const FORMS = {
  prometheus: {
    file: 'pglatency-rules.yml',
    about: ' For a Prometheus that evaluates the recording rules of prometheus/rules/.\n',
  },
  victoriametrics: {
    file: 'victoriametrics/pglatency-rules.yml',
    about: ` Every expression stands alone, because nothing evaluates recording rules there; WITH is
# MetricsQL, which Fly.io's managed Prometheus (VictoriaMetrics) reads.
`,
  },
} as const;
export type Form = keyof typeof FORMS;

/** VictoriaMetrics' default limit (-search.maxQueryLen), in bytes. */
const LONGEST_QUERY = 16_384;

/** The text of a form's file. */
export function grafanaFile(rules: readonly Rule[], form: Form): string {
  const alone: Inline = (expr) => {
    const text = inlineRecorded(expr, rules, 'templates');
    if (text.length <= LONGEST_QUERY) return text;
    throw new Error(`${text.length} characters, at most ${LONGEST_QUERY}: ${expr}`);
  };
  const header = HEADER + FORMS[form].about;
  return grafanaRules(rules, header, form === 'prometheus' ? undefined : alone);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const form of ['prometheus', 'victoriametrics'] as const) {
    const { file } = FORMS[form];
    const text = grafanaFile(loadRules(), form);
    if (!process.argv.includes('--check')) writeFileSync(join(FOLDER, file), text);
    else if (readFileSync(join(FOLDER, file), 'utf8') !== text) {
      console.error(
        `dashboards/alerting/${file} is not what prometheus/rules/ says: npm run alerts:grafana`,
      );
      process.exitCode = 1;
    }
  }
}
