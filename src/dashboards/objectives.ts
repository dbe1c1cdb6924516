import { RowBuilder, type Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { nearestBound, OBJECTIVE_BOUNDS } from '../rules/objective.js';
import { UIDS } from '../rules/dashboard-uids.js';
import { OF_TARGET } from './series.js';
import { alertCount, alertTimeline, allRegionsSlow, rulesAlive } from './alert-panels.js';
import { firingTable } from './firing-table.js';
import { budgetLeft, burnRate, fastShare, shareOverTime } from './objective-panels.js';
import { choice, createShell, operationVariable, regionVariable } from './shell.js';

const OBJECTIVES = ['0.95', '0.99', '0.995', '0.999', '0.9995'];

/** What fires and since when; and, over a month, whether the promises are kept. */
export function objectivesDashboard(): Dashboard {
  return createShell({
    uid: UIDS.objectives,
    title: 'pglatency / Alerts and objectives',
    description: 'What fires and since when, and whether the promised latency is kept.',
    from: 'now-24h',
  })
    .withVariable(regionVariable())
    .withVariable(operationVariable(`${OF_TARGET}, operation!~"connect|ping"`))
    .withVariable(thresholdVariable())
    .withVariable(objectiveVariable())
    .withPanel(rulesAlive(1))
    .withPanel(alertCount({ id: 2, severity: 'page', width: 6 }))
    .withPanel(alertCount({ id: 3, severity: 'ticket', width: 6 }))
    .withPanel(allRegionsSlow(4))
    .withPanel(firingTable({ id: 5, width: 24, height: 9 }))
    .withPanel(alertTimeline(6))
    .withRow(
      new RowBuilder('Objective: ${objective:text} of $operation within ${threshold:text}').id(7),
    )
    .withPanel(fastShare(8))
    .withPanel(budgetLeft(9))
    .withPanel(shareOverTime(10))
    .withPanel(burnRate(11))
    .build();
}

/** Only the histogram's own bounds: what lies between two of them was not counted apart. */
function thresholdVariable() {
  const options = OBJECTIVE_BOUNDS.map((bound) => ({
    text: `${Number((bound * 1_000).toPrecision(4))} ms`,
    value: String(bound),
  }));
  return choice('threshold', 'Fast is within', options, String(nearestBound(300))).description(
    'A bound of the histogram: an operation within it is fast',
  );
}

function objectiveVariable() {
  const options = OBJECTIVES.map((value) => ({
    text: `${Number((Number(value) * 100).toPrecision(4))} %`,
    value,
  }));
  return choice('objective', 'Objective', options, '0.99').description(
    'The share of operations that has to be fast',
  );
}
