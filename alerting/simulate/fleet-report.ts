import type { FleetResult, Found } from './fleet-trial.js';

/** A table in Markdown: minutes until each fault was found, and how many at most. */
export function renderFleets(results: readonly FleetResult[]): string {
  const faults = [...new Set(results.flatMap(({ found }) => found.map(({ fault }) => fault)))];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    row(['fleet', 'alerts while healthy', ...faults]),
    row(['---', '---', ...faults.map(() => '---')]),
    ...results.map(({ name, falseAlarms, found }) =>
      row([
        name,
        String(falseAlarms.length),
        ...faults.map((fault) => cell(found.find((one) => one.fault === fault))),
      ]),
    ),
  ].join('\n');
}

function cell(found: Found | undefined): string {
  if (found === undefined) return '–';
  if (found.afterSeconds === undefined) return found.wrong.length === 0 ? 'no page' : 'paged';
  if (found.afterSeconds === null) return 'not found';
  return `${minutes(found.afterSeconds)} (${minutes(found.withinSeconds)})`;
}

const minutes = (seconds: number) => (seconds / 60).toFixed(1).replace(/\.0$/, '');

/** What has to hold and does not, in sentences. */
export function missedInFleets(results: readonly FleetResult[]): string[] {
  return results.flatMap(({ name, healthyHours, falseAlarms, found }) => [
    ...falseAlarms.map((alarm) => `${name}: in ${healthyHours} healthy hours, ${alarm}`),
    ...found.flatMap(({ fault, wrong }) => wrong.map((what) => `${name}, ${fault}: ${what}`)),
  ]);
}
