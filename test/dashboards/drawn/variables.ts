import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Grafana, Replace, Scoped } from './library.js';

/** A variable's value, and the text that the viewer sees in its place. */
export interface Chosen {
  readonly value: string;
  readonly text: string;
}

export type Values = Readonly<Record<string, Chosen>>;

/** What a viewer has who chose only these values. */
export function valuesOf(dashboard: Dashboard, chosen: Readonly<Record<string, string>>): Values {
  const own = (dashboard.templating.list ?? []).map(({ name, current, allValue }) => {
    const value = [current?.value].flat()[0];
    const isAll = value === '$__all';
    const text = [current?.text].flat()[0] ?? '';
    return [name, { value: (isAll ? allValue : value) ?? '', text }] as const;
  });
  const given = Object.entries(chosen).map(
    ([name, value]) => [name, { value, text: value === '.+' ? 'All' : value }] as const,
  );
  return { ...Object.fromEntries(own), ...Object.fromEntries(given) };
}

type Library = Grafana['library'];

const VARIABLE = /\$\{([^}:]+)(?::(\w+))?\}|\$(\w+)/g;

/** Fills in a dashboard's variables, and in a link the fields of its row. Leaves what it does not know. */
export function createReplace(values: Values, library: Library) {
  const replace: Replace = (text, scoped) =>
    text.replace(VARIABLE, (all, braced?: string, format?: string, plain?: string) => {
      const name = braced ?? plain ?? '';
      const cell = scoped?.__dataContext?.value;
      if (name === '__value.raw') {
        const raw = cell?.field?.values[cell.rowIndex ?? 0];
        return typeof raw === 'string' || typeof raw === 'number' ? String(raw) : all;
      }
      if (name.startsWith('__data.fields.')) return fieldOf(name, scoped, library) ?? all;
      const chosen = values[name];
      if (chosen === undefined) return all;
      if (format === 'text') return chosen.text;
      return format === 'queryparam'
        ? `var-${name}=${encodeURIComponent(chosen.text === 'All' ? '$__all' : chosen.value)}`
        : chosen.value;
    });
  return replace;
}

function fieldOf(name: string, scoped: Scoped | undefined, library: Library): string | undefined {
  const cell = scoped?.__dataContext?.value;
  const wanted = name.slice('__data.fields.'.length).replace(/\.numeric$/, '');
  const field = cell?.frame.fields.find(
    (one) => library.getFieldDisplayName(one, cell.frame) === wanted,
  );
  if (field === undefined) return undefined;
  const value = field.values[cell?.rowIndex ?? 0];
  // As it is shown, unless a link asks for the number.
  return name.endsWith('.numeric')
    ? String(value)
    : library.formattedValueToString(
        field.display?.(value) ?? { text: String(value), numeric: Number.NaN },
      );
}
