import { plural } from '../ping/figures.js';
import { style, type Style } from '../ping/style.js';
import { wrap } from '../ping/wrap.js';
import type { Finding, Status } from './checks/check.js';
import type { Result } from './examine.js';
import { countsOf, type Report } from './report.js';

export interface RenderOptions {
  readonly colour: boolean;
  readonly width: number;
}

const STYLES: Readonly<Record<Status, Style>> = {
  ok: 'green',
  warning: 'yellow',
  broken: 'red',
  unknown: 'bold',
};

const NAME_WIDTH = 15;
const STATUS_WIDTH = 8;
const INDENT = ' '.repeat(2 + STATUS_WIDTH + 1 + NAME_WIDTH);

export function renderTitle({ title }: Report, options: RenderOptions): string[] {
  return [style('bold', title, options)];
}

/** Its findings; of what is not well also why it matters, and what mends it. */
export function renderResult({ check, findings }: Result, options: RenderOptions): string[] {
  return (findings ?? []).flatMap((finding) => [
    ...entry(check.name, finding, options),
    ...(finding.status === 'ok' || finding.status === 'unknown'
      ? []
      : labelled('why', finding.why ?? check.why, options)),
    ...(finding.mend === null ? [] : mendLines(finding.mend)),
  ]);
}

function entry(name: string, { status, found }: Finding, options: RenderOptions): string[] {
  const head = `${style(STYLES[status], status.padEnd(STATUS_WIDTH), options)} ${name.padEnd(NAME_WIDTH)}`;
  const [first = '', ...more] = wrap(found, options.width - INDENT.length);
  return [`  ${head}${first}`, ...more.map((line) => `${INDENT}${line}`)];
}

function labelled(label: string, text: string, { width }: RenderOptions): string[] {
  const head = `${label.padEnd(5)} `;
  const lines = wrap(text, width - INDENT.length - head.length);
  return lines.map((line, i) => `${INDENT}${i === 0 ? head : ' '.repeat(head.length)}${line}`);
}

/** As they are: they are to be copied. */
function mendLines(mend: string): string[] {
  return mend.split('\n').map((line, i) => `${INDENT}${i === 0 ? 'mend  ' : '      '}${line}`);
}

/** The last line of one report. */
export function renderCounts({ results }: Report): string {
  const { ok, warning, broken, unknown, interrupted } = countsOf(results);
  const parts = [
    `${ok} ok`,
    plural(warning, 'warning'),
    `${broken} broken`,
    ...(unknown > 0 ? [`${unknown} could not be checked`] : []),
    ...(interrupted > 0 ? [`${interrupted} not done: interrupted`] : []),
  ];
  return `${plural(results.length, 'check')}: ${parts.join(', ')}`;
}
