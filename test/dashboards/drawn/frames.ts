import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { PromQueryFormat, type Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import type { Frame, Grafana } from './library.js';

export type Labels = Readonly<Record<string, string>>;

/** One series of an answer; times in Unix seconds. */
export interface Answered {
  readonly metric: Labels;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** The moments of a drawing, in Unix seconds. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

interface Reply {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly Answered[] };
}

export type Target = Dataquery;

export const targetsOf = (panel: Panel): Target[] => (panel.targets ?? []) as Target[];

/** @throws with the expression, when Prometheus does not take it */
export async function ask(
  url: string,
  { expr, instant }: Pick<Target, 'expr' | 'instant'>,
  { from, to, step }: Window,
): Promise<readonly Answered[]> {
  const path = instant ? 'query' : 'query_range';
  const when = instant ? { time: `${to}` } : { start: `${from}`, end: `${to}`, step: `${step}` };
  const body = new URLSearchParams({ query: expr, ...when });
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body });
  const { status, error, data } = (await response.json()) as Reply;
  if (status !== 'success') throw new Error(`${error ?? 'no reason'} in: ${expr}`);
  return data?.result ?? [];
}

const number = (text: string) => Number(text.replace('Inf', 'Infinity'));

/** The answer to one query as Grafana's data source for Prometheus makes frames of it. */
export function framesOf(
  { library }: Grafana,
  { refId, format, legendFormat, instant }: Target,
  answer: readonly Answered[],
  window: Window,
  tables: number,
): Frame[] {
  if (format === PromQueryFormat.Table) {
    const valueName = tables > 1 ? `Value #${refId ?? ''}` : 'Value';
    return [library.toDataFrame({ refId, fields: columnsOf(answer, window.to, valueName) })];
  }
  const count = instant ? 1 : Math.floor((window.to - window.from) / window.step) + 1;
  const start = instant ? window.to : window.from;
  const times = Array.from({ length: count }, (_, index) => start + index * window.step);
  return answer.map(({ metric, value, values }) => {
    const samples = values ?? (value === undefined ? [] : [value]);
    const at = new Map(samples.map(([time, text]) => [time, number(text)]));
    const name = nameBy(legendFormat ?? '', metric);
    return library.toDataFrame({
      refId,
      name,
      fields: [
        { name: 'Time', type: 'time', values: times.map((time) => time * 1_000) },
        {
          name: 'Value',
          type: 'number',
          labels: metric,
          config: name === '' ? {} : { displayNameFromDS: name },
          values: times.map((time) => at.get(time) ?? null),
        },
      ],
    });
  });
}

function columnsOf(answer: readonly Answered[], atSeconds: number, valueName: string) {
  if (answer.length === 0) return [];
  const labels = [...new Set(answer.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return [
    { name: 'Time', type: 'time', values: answer.map(() => atSeconds * 1_000) },
    ...labels.map((name) => ({
      name,
      type: 'string',
      values: answer.map(({ metric }) => metric[name] ?? ''),
    })),
    {
      name: valueName,
      type: 'number',
      values: answer.map(({ value }) => number(value?.[1] ?? '')),
    },
  ];
}

export const nameBy = (pattern: string, labels: Labels): string =>
  pattern.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, label: string) => labels[label] ?? '');

/**
 * A stand-in for Grafana's own transformation of this name, which is in no library: one row a series, its
 * labels, and the series itself in the column "Trend".
 */
export function timeSeriesTable({ library }: Grafana, frames: readonly Frame[]): Frame[] {
  const valueOf = (frame: Frame) => frame.fields[1];
  const labels = [...new Set(frames.flatMap((f) => Object.keys(valueOf(f)?.labels ?? {})))];
  if (frames.length === 0) return [];
  return [
    library.toDataFrame({
      refId: frames[0]?.refId,
      fields: [
        ...labels.map((name) => ({
          name,
          type: 'string',
          values: frames.map((frame) => valueOf(frame)?.labels?.[name] ?? ''),
        })),
        { name: 'Trend', type: 'frame', values: frames },
      ],
    }),
  ];
}
