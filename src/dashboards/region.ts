import {
  RowBuilder,
  type Dashboard,
  type DashboardBuilder,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { UIDS } from '../rules/dashboard-uids.js';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { failurePanels } from './region-failures.js';
import { distributionPanels, percentilePanels } from './region-latency.js';
import { processPanels } from './region-process.js';
import { schedulePanels } from './region-schedule.js';
import { summaryPanels } from './region-summary.js';
import { timePanels } from './region-time.js';
import { createShell, regionVariable } from './shell.js';

type Panels = readonly Builder<Panel>[];

/** The sections, in the order of the questions: how bad, what, why, and whether to believe it. */
const SECTIONS: readonly (readonly [id: number, title: string, panels: () => Panels])[] = [
  [100, 'now', summaryPanels],
  [200, 'latency against normal', percentilePanels],
  [300, 'where the time goes', timePanels],
  [400, 'failures', failurePanels],
  [500, 'every measurement', distributionPanels],
  [600, 'the schedule', schedulePanels],
  [700, 'the backend: can you trust these numbers', processPanels],
];

/** One region in depth; several are shown below each other, section by section. */
export function regionDashboard(): Dashboard {
  const shell = createShell({
    uid: UIDS.region,
    title: 'pglatency / Region',
    description:
      'One region: how slow it is, since when, path or database, and whether you can trust the figures.',
    from: 'now-3h',
  }).withVariable(regionVariable().current({ text: ['lhr'], value: ['lhr'] }));
  return SECTIONS.reduce(addSection, shell).build();
}

function addSection(
  dashboard: DashboardBuilder,
  [id, title, panels]: (typeof SECTIONS)[number],
): DashboardBuilder {
  const row = new RowBuilder(`$region: ${title}`).id(id).repeat('region');
  return panels().reduce((built, panel) => built.withPanel(panel), dashboard.withRow(row));
}
