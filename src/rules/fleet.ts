/** What the rules of a fleet depend on. */
export interface RulesFleet {
  /** Only this fleet's series are read. null: those of every fleet that Prometheus scrapes. */
  readonly fleet: string | null;
  /** Seconds from one planned run to the next; of an uneven schedule the middle one. */
  readonly runSeconds: number;
  /** Rounds in a run: so many selects it has. */
  readonly iterations: number;
  readonly scrapeSeconds: number;
  /** Between two evaluations of a rule that alerts, at most. null: the group's own. */
  readonly evaluationSeconds: number | null;
  /** The regions that have to report. */
  readonly regions: readonly ExpectedRegion[];
  /** What is measured, by name. Empty: not known, and whatever is measured is watched. */
  readonly targets: readonly WatchedTarget[];
  readonly links: { readonly grafana: string; readonly runbook: string };
}

export interface ExpectedRegion {
  readonly region: string;
  /** The usual time of a select, seconds; null: not known. */
  readonly selectSeconds: number | null;
  /** The same of single targets. */
  readonly targets: Readonly<Record<string, number | null>>;
}

export interface WatchedTarget {
  readonly name: string;
  readonly mode: 'read-write' | 'read-only';
  /** The primary that a replica follows; null: it follows none that is measured. */
  readonly follows: string | null;
}

/** Hosts that stand for whoever has not said theirs. */
export const EXAMPLE_LINKS = {
  grafana: 'https://grafana.example.com',
  runbook: 'https://runbooks.example.com/pglatency',
} as const;
