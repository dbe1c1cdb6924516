import {
  VariableType,
  type Dashboard,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';

/** A query of a dashboard, and where it stands. */
export interface Query {
  readonly dashboard: string;
  readonly panel: string;
  readonly query: string;
  /** With Grafana's variables still in it. */
  readonly expr: string;
  readonly kind: 'range' | 'instant';
}

type AnyPanel = Panel | RowPanel;

export const isRow = (panel: AnyPanel): panel is RowPanel => panel.type === 'row';

/** A dashboard's panels, with those inside collapsed rows, and without the rows themselves. */
export function panelsOf(dashboard: Dashboard): Panel[] {
  return (dashboard.panels ?? []).flatMap((panel) => (isRow(panel) ? panel.panels : [panel]));
}

/** Every query of every panel and every annotation. */
export function queriesOf(dashboard: Dashboard): Query[] {
  const title = dashboard.title ?? '';
  const ofPanels = panelsOf(dashboard).flatMap((panel) =>
    ((panel.targets ?? []) as Dataquery[]).map((target) => ({
      dashboard: title,
      panel: panel.title ?? '',
      query: target.refId ?? '',
      expr: target.expr,
      kind: target.instant ? ('instant' as const) : ('range' as const),
    })),
  );
  const ofAnnotations = (dashboard.annotations.list ?? []).map(({ name, expr }) => ({
    dashboard: title,
    panel: `annotation ${name}`,
    query: 'Anno',
    expr: expr ?? '',
    kind: 'range' as const,
  }));
  return [...ofPanels, ...ofAnnotations];
}

/** Every variable that asks Prometheus: its name, and its `label_values(series, label)`. */
export function variablesOf(dashboard: Dashboard) {
  return (dashboard.templating.list ?? [])
    .filter(({ type }) => type === VariableType.Query)
    .map(({ name, query }) => {
      const text = typeof query === 'string' ? query : String(query?.['query']);
      const match = /^label_values\((.+), (\w+)\)$/.exec(text);
      if (match === null) throw new Error(`${name}: "${text}" is not label_values(series, label)`);
      return { name, series: match[1] ?? '', label: match[2] ?? '' };
    });
}

/** Fills Grafana's variables in, its own and the dashboard's. Throws for one that has no value. */
export function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (all, braced?: string, plain?: string) => {
    const name = braced ?? plain ?? '';
    // A group of label_replace.
    if (/^\d$/.test(name)) return all;
    const value = values[name];
    if (value === undefined) throw new Error(`no value for $${name} in ${text}`);
    return value;
  });
}
