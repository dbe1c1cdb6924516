/** A recording rule. */
export interface Recording {
  readonly record: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** A comment above it in the file. */
  readonly why?: string;
}

/** What an alert is about; its link opens the dashboard of just this. */
export type Scope = 'region-target' | 'region' | 'target' | 'none';

/** An alert. Its link into the runbook follows from its name. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  /** `page` wakes somebody, `ticket` waits for the morning, `none` is for a machine. */
  readonly severity: 'page' | 'ticket' | 'none';
  /** Default: the label of the series. */
  readonly operation?: string;
  /** Besides those two. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
  readonly scope: Scope;
  readonly why?: string;
}

export type Rule = Recording | Alert;

/** Rules that are evaluated in turn, at one moment. */
export interface Group {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly Rule[];
}

export interface RuleFile {
  readonly name: string;
  /** A comment at its beginning. */
  readonly about: string;
  readonly group: Group;
}
