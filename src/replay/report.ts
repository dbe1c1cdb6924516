import type { Firing } from './firing.js';
import type { Replay } from './replay.js';
import { leastLimit, type Threshold } from './thresholds.js';

const WEEK_SECONDS = 7 * 86_400;

export interface Asked {
  readonly fleet: string;
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  /** So many false alarms a week are allowed of each alert; null: nobody asked. */
  readonly alarmsAWeek: number | null;
}

/** What is printed, whatever the form. */
export interface Report {
  readonly fleet: string;
  readonly from: string;
  readonly to: string;
  readonly history: { readonly from: string; readonly to: string; readonly samples: number };
  readonly alerts: readonly ReportedAlert[];
  readonly by_alert: readonly Counted[];
  readonly thresholds: readonly ReportedThreshold[];
}

export interface ReportedAlert {
  readonly alert: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: string;
  readonly to: string;
  readonly seconds: number;
  /** It still fired at the end of the time that was asked for. */
  readonly goes_on: boolean;
}

export interface Counted {
  readonly alert: string;
  readonly severity: string;
  readonly count: number;
  readonly a_week: number;
  readonly median_seconds: number;
}

export interface ReportedThreshold {
  readonly alert: string;
  readonly limit: number;
  readonly alarms_a_week: number;
  /** The least limit that raises no more than was allowed; null: none that was tried does. */
  readonly enough: number | null;
  readonly tried: readonly { readonly limit: number; readonly a_week: number }[];
}

export function reportOf({ history, fired, thresholds }: Replay, asked: Asked): Report {
  const weeks = (asked.to - asked.from) / WEEK_SECONDS;
  return {
    fleet: asked.fleet,
    from: iso(asked.from),
    to: iso(asked.to),
    history: { from: iso(history.first), to: iso(history.last), samples: history.samples },
    alerts: fired.map((firing) => reported(firing, asked.to)),
    by_alert: counted(fired, weeks),
    thresholds: thresholds.map((one) => thresholdOf(one, weeks, asked.alarmsAWeek ?? 0)),
  };
}

const iso = (seconds: number) =>
  new Date(Math.round(seconds) * 1_000).toISOString().slice(0, 19) + 'Z';

function reported({ alert, severity, labels, from, to }: Firing, end: number): ReportedAlert {
  const about = Object.fromEntries(
    ['fleet', 'region', 'target', 'operation'].flatMap((name) =>
      labels[name] === undefined ? [] : [[name, labels[name]]],
    ),
  );
  return {
    alert,
    severity,
    labels: about,
    from: iso(from),
    to: iso(to),
    seconds: Math.round(to - from),
    goes_on: to >= end - 60,
  };
}

function counted(fired: readonly Firing[], weeks: number): Counted[] {
  const names = [...new Set(fired.map(({ alert }) => alert))].sort();
  return names.map((alert) => {
    const own = fired.filter((firing) => firing.alert === alert);
    const lengths = own.map(({ from, to }) => to - from).sort((a, b) => a - b);
    return {
      alert,
      severity: own[0]?.severity ?? '',
      count: own.length,
      a_week: rounded(own.length / weeks),
      median_seconds: Math.round(lengths[Math.floor((lengths.length - 1) / 2)] ?? 0),
    };
  });
}

function thresholdOf(threshold: Threshold, weeks: number, alarmsAWeek: number): ReportedThreshold {
  return {
    alert: threshold.alert,
    limit: threshold.limit,
    alarms_a_week: alarmsAWeek,
    enough: leastLimit(threshold, alarmsAWeek * weeks)?.limit ?? null,
    tried: threshold.trials.map(({ limit, alerts }) => ({
      limit,
      a_week: rounded(alerts / weeks),
    })),
  };
}

const rounded = (value: number) => Number(value.toPrecision(3));
