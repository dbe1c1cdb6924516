import type { Rule } from '../rules/parsed-rules.js';
import type { Series } from './prometheus.js';

/** From the first evaluation at which an alert fired to the last one; Unix seconds. */
export interface Firing {
  readonly alert: string;
  readonly severity: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly from: number;
  readonly to: number;
}

/**
 * Applies `for` to an alert's expression, as Prometheus does: an alert is pending from the first
 * evaluation that returns it, and fires at the first that is `for` later, if none between missed it. One that
 * fires goes on for `keep_firing_for` when nothing returns it any more.
 */
export function firings(rule: Rule, series: readonly Series[]): Firing[] {
  return series.flatMap(({ labels, samples }) => {
    const found: Firing[] = [];
    let activeSince: number | null = null;
    let previous = 0;
    const fires = () => activeSince !== null && previous - activeSince >= rule.forSeconds;
    const finish = () => {
      if (activeSince === null || !fires()) return;
      found.push({
        alert: rule.alert ?? '',
        severity: rule.labels['severity'] ?? '',
        labels: { ...labels, ...rule.labels },
        from: activeSince + rule.forSeconds,
        to: previous + rule.keepFiringSeconds,
      });
    };
    for (const [time] of samples) {
      const bridged = rule.intervalSeconds + (fires() ? rule.keepFiringSeconds : 0);
      if (activeSince !== null && time - previous > bridged) {
        finish();
        activeSince = null;
      }
      activeSince ??= time;
      previous = time;
    }
    finish();
    return found;
  });
}
